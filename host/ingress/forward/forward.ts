import type { Clock } from "../../engine/clock.ts";
import { formatPublish } from "../../network/publish.ts";
import type { WayIn } from "../../network/way-in.ts";
import { bindAll, type Opened } from "./bind.ts";
import { ForwardError } from "./error.ts";
import type { ForwardSpec } from "./forward-spec.ts";
import { ForwardCounter, type ForwardStats } from "./forward-stats.ts";
import { FORWARD_LIMITS, type ForwardLimits } from "./limits.ts";
import { formatOutside, type OutsideAddress, type OutsideTable } from "./outside-table.ts";
import type { ForwardRules } from "./rules.ts";
import { type ProxyProtocol, TcpForward } from "./tcp-forward.ts";
import { TcpListener } from "./tcp-listener.ts";
import type { Tuning } from "./tuning.ts";
import { UdpListener } from "./udp-listener.ts";

/** What a forward belongs to, and how it is to behave. */
export interface ForwardOptions {
  /** The workload's name, as messages give it. */
  readonly workload: string;
  readonly wayIn: WayIn;
  readonly label?: string | undefined;
  /** Milliseconds after which it is removed; it stays as long as the workload without it. */
  readonly ttl?: number | undefined;
  /** Whether it may take a port below 1024 whatever the host's settings say. */
  readonly allowPrivileged?: boolean | undefined;
  readonly limits?: Partial<ForwardLimits> | undefined;
  readonly proxy?: Partial<ProxyProtocol> | undefined;
}

/** A forward as others see it; a value. Times are milliseconds since the epoch. */
export interface ForwardStatus {
  /** A UUID. */
  readonly id: string;
  readonly workload: string;
  readonly label: string | undefined;
  readonly protocol: "tcp" | "udp";
  /** The port on the workload's own network. */
  readonly port: number;
  /** As it was asked for: `8080-8090`, `auto`. */
  readonly publish: string;
  /** Where it is: `127.0.0.1:8080`, `[::1]:8080`, `unix:./leet.sock`. */
  readonly addresses: readonly string[];
  /** The same in its parts. */
  readonly outsides: readonly OutsideAddress[];
  readonly createdAt: number;
  /** When it is removed; undefined where it stays as long as its workload. */
  readonly expiresAt: number | undefined;
  /** Whether something listens on the port inside now; until then, connections wait. */
  readonly listening: boolean;
  readonly stats: ForwardStats;
}

/** What the forwards of one host share. */
export interface ForwardScope {
  readonly outsides: OutsideTable;
  readonly rules: ForwardRules;
  readonly clock: Clock;
  /** Keeps guests away from a port of the machine, until the result is disposed. */
  readonly ownPort: (protocol: "tcp" | "udp", port: number) => Disposable;
  readonly warn: (message: string) => void;
}

/** An open forward. Disposing it frees its addresses and resets what is open through it. Idempotent. */
export class Forward implements AsyncDisposable {
  readonly id: string = crypto.randomUUID();
  readonly spec: ForwardSpec;
  readonly options: ForwardOptions;
  readonly #createdAt = Date.now();
  readonly #counter = new ForwardCounter();
  readonly #outside = new AsyncDisposableStack();
  readonly #tcp: TcpForward;
  /** Both are what its connections look at, so that they can change while it is open. */
  readonly #limits: ForwardLimits;
  readonly #proxy: ProxyProtocol;
  #opened: readonly Opened[] = [];

  private constructor(spec: ForwardSpec, options: ForwardOptions, scope: ForwardScope) {
    this.spec = spec;
    this.options = options;
    this.#limits = { ...FORWARD_LIMITS, ...options.limits };
    this.#proxy = { inbound: false, outbound: undefined, ...options.proxy };
    this.#tcp = new TcpForward({
      wayIn: options.wayIn,
      port: spec.port,
      limits: this.#limits,
      proxy: this.#proxy,
      counter: this.#counter,
      clock: scope.clock,
    });
  }

  /** Opens all addresses of `spec`. Rejects with `ForwardError`. */
  static async open(
    spec: ForwardSpec,
    options: ForwardOptions,
    scope: ForwardScope,
  ): Promise<Forward> {
    const forward = new Forward(spec, options, scope);
    await forward.#open(scope);
    return forward;
  }

  get status(): ForwardStatus {
    const { workload, label, ttl, wayIn } = this.options;
    const { protocol, port, publish } = this.spec;
    this.#counter.parked = this.#tcp.parked;
    const outsides = this.#opened.map(({ outside }) => outside);
    return {
      id: this.id,
      workload,
      label,
      protocol,
      port,
      publish: formatPublish(publish),
      addresses: outsides.map(formatOutside),
      outsides,
      createdAt: this.#createdAt,
      expiresAt: ttl === undefined ? undefined : this.#createdAt + ttl,
      listening: wayIn.isListening(protocol, port),
      stats: this.#counter.current,
    };
  }

  /** Treats connections that come from now on in another way. */
  tune({ limits, proxy }: Tuning): void {
    Object.assign(this.#limits, limits);
    Object.assign(this.#proxy, proxy);
  }

  /** Frees the addresses and lets what is open end by itself, as it does with its workload; resolves then. */
  async retire(): Promise<void> {
    await this.#outside.disposeAsync();
    await this.#tcp.idle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#outside.disposeAsync();
    this.#tcp[Symbol.dispose]();
    await closed;
  }

  async #open(scope: ForwardScope): Promise<void> {
    const { protocol, port, publish } = this.spec;
    const { outsides: table, rules } = scope;
    const suffix = protocol === "udp" ? "/udp" : "";
    if (publish.tag === "unix" && protocol === "udp") {
      throw new ForwardError("unavailable", "Cannot forward datagrams to a Unix socket");
    }
    this.#opened = await bindAll(publish, {
      protocol,
      table,
      rules: this.options.allowPrivileged === true ? rules.privileged() : rules,
      holder: this.#holder,
      suggest: (other) => `--forward ${other}:${port}${suffix}`,
      open: (outside, claim): Promise<Opened> => this.#listen(outside, claim, scope),
    });
    for (const opened of this.#opened) {
      this.#outside.use(opened);
      const { outside } = opened;
      if (outside.tag === "port") this.#outside.use(scope.ownPort(protocol, outside.port));
    }
  }

  #listen(outside: OutsideAddress, claim: Disposable, scope: ForwardScope): Promise<Opened> {
    const { wayIn } = this.options;
    const { clock, warn } = scope;
    const common = { clock, counter: this.#counter, limits: this.#limits };
    if (this.spec.protocol === "udp" && outside.tag === "port") {
      return UdpListener.open(outside, claim, { ...common, wayIn, port: this.spec.port });
    }
    return TcpListener.open(outside, claim, {
      clock,
      accept: (socket, from) => this.#tcp.accept(socket, from),
      warn: (message) => {
        this.#counter.fail(message);
        warn(message);
      },
    });
  }

  /** Who holds the addresses, as others are told. */
  get #holder(): string {
    const { label, workload } = this.options;
    const name = label === undefined ? "a forward" : `forward ${JSON.stringify(label)}`;
    return `${name} of workload ${workload.replace(/^default\//, "")}`;
  }
}
