import { dirname, resolve } from "node:path";
import type { Host } from "../host.ts";
import { type ForwardText, parseForward } from "../ingress/forward/forward-spec.ts";
import type { Publish } from "../network/publish.ts";
import type { HostConfig } from "../manifest/host-config.ts";
import { describeForward } from "./describe-forward.ts";
import { readForward } from "./forward-commands.ts";
import { OperationError } from "../workload/operation-error.ts";
import { printableLines } from "./printable.ts";
import type { Running } from "./run-host.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

/** A forward that somebody wrote down. */
export interface WrittenForward {
  readonly forward: ForwardText;
  /** Where: `--forward`, or a place in a file. */
  readonly origin: string;
}

/** Reads all `--forward` of a command line, behind those of the configuration. Throws `UsageError`. */
export function readForwards(
  texts: readonly string[],
  configuration: HostConfig | undefined,
): readonly WrittenForward[] {
  return [
    ...configuredForwards(configuration),
    ...texts.flatMap(readForward).map((forward) => ({ forward, origin: "--forward" })),
  ];
}

function configuredForwards(configuration: HostConfig | undefined): WrittenForward[] {
  if (configuration === undefined) return [];
  const directory = dirname(configuration.path);
  return configuration.forwards.flatMap(({ text, location, field }) => {
    const origin = `${location.file}:${location.line}:${location.column}: ${field}`;
    // Whether it is one was checked when the file was read.
    return parseForward(text).map((forward) => ({
      forward: withPublish(forward, inDirectory(forward.publish, directory)),
      origin,
    }));
  });
}

function withPublish(forward: ForwardText, publish: Publish): ForwardText {
  return { ...forward, publish };
}

/** The path of a socket is relative to the file. */
function inDirectory(publish: Publish, directory: string): Publish {
  return publish.tag === "unix" ? { tag: "unix", path: resolve(directory, publish.path) } : publish;
}

export interface OpenForwardsOptions {
  readonly host: Pick<Host, "forwards" | "list" | "get" | "watch">;
  readonly forwards: readonly WrittenForward[];
  /** Whether workloads may come later; without, a forward whose workload is not there is an error. */
  readonly isPatient: boolean;
  readonly terminal: Terminal;
}

/**
 * The same, with forwards that are opened once the workloads are known and stay when those are replaced.
 * One without a name is for the only workload, or for the only one with a service. Starting rejects with
 * `UsageError` where that is not clear, and with what `ForwardOperations.add` fails with.
 */
export function withForwards(running: Running, options: OpenForwardsOptions): Running {
  if (options.forwards.length === 0) return running;
  const opener = new Opener(options);
  return {
    async start() {
      await running.start();
      await opener.start();
    },
    stay: () => running.stay(),
    async [Symbol.asyncDispose]() {
      using _opener = opener;
      await running[Symbol.asyncDispose]();
    },
  };
}

class Opener implements Disposable {
  readonly #options: OpenForwardsOptions;
  readonly #parts = new DisposableStack();
  #waiting: readonly WrittenForward[];
  #opening: Promise<void> = Promise.resolve();

  constructor(options: OpenForwardsOptions) {
    this.#options = options;
    this.#waiting = options.forwards;
  }

  async start(): Promise<void> {
    const { host, isPatient, terminal } = this.#options;
    await this.#openKnown();
    if (this.#waiting.length === 0 || !isPatient) return;
    terminal.err(terminal.style("dim", "forwards wait for their workloads"));
    const watch = host.watch(({ tag }) => {
      if (tag !== "state" || this.#waiting.length === 0) return;
      this.#opening = this.#opening
        .then(() => this.#openKnown())
        .catch((error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          terminal.err(`${terminal.style("red", "error:")} ${printableLines(message)}`);
        });
    });
    this.#parts.use(watch);
  }

  [Symbol.dispose](): void {
    this.#waiting = [];
    this.#parts.dispose();
  }

  async #openKnown(): Promise<void> {
    const { host, isPatient, terminal } = this.#options;
    const written = this.#waiting;
    this.#waiting = [];
    for (const one of written) {
      const { workload, publish, protocol, port } = one.forward;
      if (isPatient && !isKnown(host, workload)) {
        this.#waiting = [...this.#waiting, one];
        continue;
      }
      const reference = workload ?? onlyWorkload(host, one.origin);
      const opened = await host.forwards.add(reference, { publish, protocol, port });
      terminal.out(describeForward(opened));
    }
  }
}

/** Whether there is a workload that is called that, or any. */
function isKnown(host: OpenForwardsOptions["host"], reference: string | undefined): boolean {
  if (reference === undefined) return host.list().length > 0;
  try {
    host.get(reference);
    return true;
  } catch (error) {
    if (error instanceof OperationError && error.code === "not-found") return false;
    throw error;
  }
}

function onlyWorkload(host: OpenForwardsOptions["host"], origin: string): string {
  const all = host.list();
  const services = all.filter(({ workload }) => workload.service !== undefined);
  const [first, ...others] = services.length === 0 ? all : services;
  if (first !== undefined && others.length === 0) return first.id;
  const names = all.map(({ namespace, name }) => `${namespace}/${name}`);
  if (first === undefined) throw new UsageError(`${origin} leads nowhere: there is no workload`);
  const example = `${first.name}/8080:3000`;
  throw new UsageError(
    `${origin} names no workload, and there are several: ${names.join(", ")}. Try ${origin === "--forward" ? `--forward ${example}` : `"${example}"`}`,
  );
}
