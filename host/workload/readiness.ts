import type { Clock } from "../engine/clock.ts";
import type { Service, ServicePort } from "../manifest/workload.ts";
import type { WayIn } from "../network/way-in.ts";
import { formatDuration } from "./format-duration.ts";

/** What a service has to do to be ready. A value. */
export interface ReadinessRule {
  /** How long it may take, in milliseconds; it counts only where the service says how it gets ready. */
  readonly timeout: number;
  /** The ports one of which it has to have: those that it declares, or the one that `readiness.port` names. */
  readonly ports: readonly Pick<ServicePort, "protocol" | "port">[];
  /** Whether any other port that it listens on will do as well. */
  readonly isAnyPort: boolean;
  /** What its workload's component has to answer with success; undefined where it is not asked. */
  readonly path: string | undefined;
}

/** What makes a service ready that says nothing of it: its first listener, if it has any. */
export const FIRST_LISTENER: ReadinessRule = {
  timeout: Infinity,
  ports: [],
  isAnyPort: true,
  path: undefined,
};

/** How long a service that could listen but does not is waited for before it counts as ready; milliseconds. */
export const LISTEN_GRACE = 1_000;

/** The pause between two questions whether a workload is ready, in milliseconds. */
export const PROBE_PAUSE = 200;

/** What `service` has to do to be ready. */
export function readinessOf({ readiness, ports }: Service): ReadinessRule {
  const { timeout, port, http } = readiness;
  return {
    timeout,
    ports: port === undefined ? ports : [port],
    isAnyPort: port === undefined,
    path: http?.path,
  };
}

export interface ReadinessOptions {
  readonly rule: ReadinessRule;
  /** Whether the service could listen at all. */
  readonly canListen: boolean;
  readonly clock: Clock;
  /** Asks the workload's component for `path`: whether it answered with success. Never rejects. */
  readonly probe: (path: string, signal: AbortSignal) => Promise<boolean>;
  /** Called once, with the reason. */
  readonly onReady: (reason: string) => void;
  /** Called once, instead of `onReady`, with what the service did not do in time. */
  readonly onTimeout: (reason: string) => void;
}

/**
 * Finds out when one run of a service is ready.
 *
 * A service that declares ports is ready when it has one: the one that `readiness.port` names, else any. Where
 * `readiness.http` is given, the component has to answer as well. Without either, the first listener makes it ready;
 * one that cannot listen, because it imports no TCP sockets, is ready when it was started; one that could
 * but does not, `LISTEN_GRACE` later.
 */
export class Readiness implements Disposable {
  readonly #options: ReadinessOptions;
  readonly #ended = new AbortController();
  #cancelTimers: (() => void)[] = [];
  #stopWatching: () => void = () => {};
  #hasPort = false;
  #asks = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** The service has begun. */
  started(): void {
    const { rule, canListen } = this.#options;
    if (this.#mustListen || rule.path !== undefined) this.#after(rule.timeout, this.#onTimeout);
    if (this.#mustListen) return;
    if (rule.path !== undefined) this.#ask(rule.path);
    else if (canListen) this.#after(LISTEN_GRACE, () => this.#finish("Its service has started"));
    else this.#finish("Its service has started");
  }

  /** The service listens on `address`, `address:port`. */
  listening(address: string): void {
    const { ports, isAnyPort } = this.#options.rule;
    const isDeclared = ports.some(
      ({ protocol, port }) => protocol === "tcp" && address.endsWith(`:${port}`),
    );
    if (isAnyPort || isDeclared) this.#onPort(`Its service listens on ${address}`);
  }

  /** Looks for the UDP ports that it declares in its network: nobody reports of them. */
  watch(network: Pick<WayIn, "isListening" | "whenChanged">): void {
    const ports = this.#options.rule.ports.filter(({ protocol }) => protocol === "udp");
    if (ports.length === 0) return;
    const look = (): void => {
      if (this.#ended.signal.aborted) return;
      const open = ports.find(({ port }) => network.isListening("udp", port));
      if (open === undefined) network.whenChanged.add(look);
      else this.#onPort(`Its service has UDP port ${open.port}`);
    };
    this.#stopWatching = () => network.whenChanged.delete(look);
    look();
  }

  /** Nobody waits any more. */
  [Symbol.dispose](): void {
    this.#ended.abort();
    this.#stopWatching();
    for (const cancel of this.#cancelTimers) cancel();
    this.#cancelTimers = [];
  }

  get #mustListen(): boolean {
    return this.#options.rule.ports.length > 0;
  }

  #onPort(reason: string): void {
    const { path } = this.#options.rule;
    this.#hasPort = true;
    if (path === undefined) this.#finish(reason);
    else if (this.#mustListen) this.#ask(path);
  }

  #ask(path: string): void {
    if (this.#asks) return;
    this.#asks = true;
    void this.#probe(path);
  }

  async #probe(path: string): Promise<void> {
    const isReady = await this.#options.probe(path, this.#ended.signal);
    this.#asks = false;
    if (this.#ended.signal.aborted) return;
    if (isReady) this.#finish(`It answers ${path}`);
    else this.#after(PROBE_PAUSE, () => this.#ask(path));
  }

  #finish(reason: string): void {
    if (this.#ended.signal.aborted) return;
    this[Symbol.dispose]();
    this.#options.onReady(reason);
  }

  readonly #onTimeout = (): void => {
    const { timeout, ports, isAnyPort, path } = this.#options.rule;
    const [port] = ports;
    const listen =
      port === undefined || isAnyPort
        ? "has no port"
        : `does not have ${port.protocol.toUpperCase()} port ${port.port}`;
    const missing = this.#mustListen && !this.#hasPort ? listen : `does not answer ${path}`;
    this[Symbol.dispose]();
    this.#options.onTimeout(
      `its service ${missing} after ${formatDuration(timeout)} (readiness.timeout)`,
    );
  };

  #after(delay: number, action: () => void): void {
    this.#cancelTimers.push(this.#options.clock.after(delay, action));
  }
}
