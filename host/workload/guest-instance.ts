import { ChunkBody } from "../bridge/chunk-body.ts";
import type { Component, Instance } from "../engine/component.ts";
import type { TcpNetwork } from "../network/network.ts";
import type { NetworkQuota } from "../network/quota.ts";
import type { UdpNetwork } from "../network/udp.ts";
import { Guest } from "../wasi/guest.ts";
import { createImports } from "../wasi/imports.ts";
import type { Turn } from "../wasi/io/turn.ts";
import type { CellEgress } from "./cell-egress.ts";
import type { GuestStart } from "./cell-start.ts";
import { type CellInterrupts, GuestInterrupt } from "./guest-interrupt.ts";
import type { LogOutlet } from "./log-outlet.ts";

/** What all guests of one cell share. */
export interface CellContext {
  /** The workload's own network. */
  readonly network: TcpNetwork & UdpNetwork;
  /** The way to the machine's network. */
  readonly egress: CellEgress;
  readonly turn: Turn;
  /** What they may hold together. */
  readonly quota?: NetworkQuota | undefined;
  readonly interrupts: CellInterrupts;
  readonly logs: LogOutlet;
}

/**
 * One instance of a component with the WASI scope it lives in.
 * Disposing it ends whatever the guest waits for and frees all it holds: ports, connections, streams.
 */
export class GuestInstance implements Disposable {
  readonly guest: Guest;
  readonly exports: Instance["exports"];
  readonly #interrupt: GuestInterrupt;

  /** Throws `EngineError` where the component cannot be instantiated; nothing of the guest is left then. */
  constructor(
    component: Component,
    start: GuestStart,
    args: readonly string[],
    { network, egress, turn, quota, interrupts, logs }: CellContext,
  ) {
    const { name } = start;
    const guestEgress = egress.ofGuest(name);
    this.guest = new Guest({
      kind: start.policy.guest,
      policy: start.policy,
      facts: guestEgress.facts,
      network,
      egress: guestEgress,
      onDecision: (decision) => egress.record(name, decision),
      environment: start.environment,
      args,
      mounts: start.mounts,
      quota,
      stdin: new ChunkBody(new Uint8Array()),
      stdout: logs.openSink(name, "stdout"),
      stderr: logs.openSink(name, "stderr"),
      turn,
    });
    this.#interrupt = new GuestInterrupt(interrupts, this.guest);
    try {
      const imports = createImports(this.guest);
      this.exports = component.instantiate(imports, this.#interrupt).exports;
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Why its call failed, where that was because it ran for too long without waiting for anything; else undefined. */
  get interruption(): Error | undefined {
    return this.#interrupt.failure;
  }

  [Symbol.dispose](): void {
    this.guest[Symbol.dispose]();
    this.guest.options.stdout.end();
    this.guest.options.stderr.end();
  }
}

/** The function `name` of the exported interface `path`; the version of the interface does not matter. */
export function exportedFunction(
  { exports }: GuestInstance,
  path: string,
  name: string,
): (...args: unknown[]) => unknown {
  const exported = exports[path];
  const found = typeof exported === "object" ? exported[name] : undefined;
  if (found === undefined) throw new Error(`The component does not export ${path}#${name}`);
  return found;
}
