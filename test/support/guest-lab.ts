import { Component, type GuestFunction, type Instance } from "../../host/engine/component.ts";
import { type Compiler, createCompiler } from "../../host/engine/compiler.ts";
import { WaitList } from "../../host/network/wait-list.ts";
import type { ByteSource } from "../../host/network/byte-stream.ts";
import { VirtualNetwork } from "../../host/network/virtual/virtual-network.ts";
import { LineSink } from "../../host/wasi/cli/line-sink.ts";
import { Guest, type GuestOptions } from "../../host/wasi/guest.ts";
import { createImports } from "../../host/wasi/imports.ts";
import { Turn } from "../../host/wasi/io/turn.ts";
import { NO_FACTS } from "../../policy/facts.ts";
import { defaultPolicy, type GuestKind } from "../../policy/policy.ts";
import { type GuestName, readGuest } from "../fixture/guest/guest.ts";

/** One guest of a lab: its scope, its exports, and the lines that it printed. */
export interface LabGuest {
  readonly guest: Guest;
  readonly exports: Instance["exports"];
  readonly lines: string[];
}

/** One workload's worth of guests in this thread, without a cell around them. Disposing it ends them all. */
export class GuestLab implements AsyncDisposable {
  readonly network: VirtualNetwork = new VirtualNetwork();
  readonly #compiler: Compiler;
  readonly #components = new Map<GuestName, Promise<Component>>();
  readonly #guests: Guest[] = [];
  readonly #turn = new Turn();

  /** `asyncExports` are functions of test guests that may suspend. */
  constructor(asyncExports: readonly string[] = []) {
    this.#compiler = createCompiler({ cacheDir: undefined, asyncExports });
  }

  /** Instantiates a fixture with limits wide enough for all of them; `network` is its loopback. */
  async start(
    name: GuestName,
    kind: GuestKind,
    network: GuestOptions["network"] = this.network,
    args: readonly string[] = [name],
  ): Promise<LabGuest> {
    const component = await this.#component(name);
    const lines: string[] = [];
    const output = new LineSink((line) => lines.push(line));
    const guest = new Guest({
      kind,
      policy: defaultPolicy(kind),
      facts: NO_FACTS,
      network,
      environment: [],
      args,
      stdin: EMPTY,
      stdout: output,
      stderr: output,
      turn: this.#turn,
    });
    this.#guests.push(guest);
    return { guest, exports: component.instantiate(createImports(guest)).exports, lines };
  }

  /** Starts a service and waits until it says that it listens. Its end is ignored: it lives until the lab is disposed. */
  async startService(name: GuestName): Promise<LabGuest> {
    const service = await this.start(name, "service");
    const ended = Promise.resolve(functionOf(service, "wasi:cli/run", "run")());
    ended.catch(() => undefined);
    while (service.lines.length === 0) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    return service;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const guest of this.#guests) guest[Symbol.dispose]();
    this.network[Symbol.dispose]();
    await this.#compiler[Symbol.asyncDispose]();
  }

  #component(name: GuestName): Promise<Component> {
    const known = this.#components.get(name);
    if (known !== undefined) return known;
    const component = readGuest(name)
      .then((image) => this.#compiler.compile(image, { memory: 64 * 1024 * 1024 }))
      .then((compiled) => new Component(compiled));
    this.#components.set(name, component);
    return component;
  }
}

/** A function that a guest exports, of an interface or of its world. */
export function functionOf(
  { exports }: LabGuest,
  ...path: [string] | [string, string]
): GuestFunction {
  const [first, second] = path;
  const exported = exports[first];
  const found = typeof exported === "object" && second !== undefined ? exported[second] : exported;
  if (typeof found !== "function") throw new TypeError(`The guest exports no ${path.join("#")}`);
  return found;
}

/** A standard input at its end. */
const EMPTY: ByteSource = {
  available: 0,
  ended: true,
  failure: undefined,
  whenReadable: new WaitList(),
  readInto: () => 0,
  cancel: () => undefined,
};
