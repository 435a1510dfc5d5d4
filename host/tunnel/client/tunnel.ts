import { randomUUID } from "node:crypto";
import { TunnelError } from "../error.ts";
import { BACKOFF_DEFAULT, type Backoff, createBackoff } from "./backoff.ts";
import type { ClientContext } from "./context.ts";
import { type Control, openControl } from "./control.ts";
import {
  MAX_CONNECTIONS_DEFAULT,
  TIMING_DEFAULT,
  type TunnelParts,
  type TunnelRequest,
  type TunnelTiming,
} from "./options.ts";
import { PortWish } from "./port-wish.ts";
import { RateLimit } from "./rate-limit.ts";
import { hostText } from "./server-address.ts";
import type { TunnelState } from "./state.ts";
import type { TunnelStatistics } from "./statistics.ts";
import { Visitors } from "./visitors.ts";
import { Wait } from "./wait.ts";

/**
 * A public port of a server that leads to a port of a workload. It connects by itself, and again after each drop,
 * until it is stopped, expires, or meets something that only a changed setting can mend.
 */
export class Tunnel implements Disposable {
  readonly id: string = randomUUID();
  readonly request: TunnelRequest;
  readonly #parts: TunnelParts;
  readonly #timing: TunnelTiming;
  readonly #context: ClientContext;
  readonly #visitors: Visitors;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  readonly #wait: Wait;
  readonly #wish: PortWish;
  readonly #settled: Promise<void>;
  #state: TunnelState;
  #control: Control | undefined;
  /** Attempts since the last good connection. */
  #attempt = 0;
  #url: string | undefined;
  #cancelExpiry: (() => void) | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly expiresAt: number | undefined;

  /** Starts at once. */
  constructor(request: TunnelRequest, parts: TunnelParts) {
    const { clock, wayIn, onEvent } = parts;
    this.request = request;
    this.#parts = parts;
    this.#timing = { ...TIMING_DEFAULT, ...parts.timing };
    this.#backoff = createBackoff(parts.backoff ?? BACKOFF_DEFAULT);
    const { server, secret, certificateAuthorities, bandwidth, expiresAfter } = request;
    this.#context = { server, secret, certificateAuthorities, clock };
    this.#visitors = new Visitors({
      context: this.#context,
      target: { wayIn, port: request.port, holdTimeout: this.#timing.holdTimeout, clock },
      access: request.access ?? {},
      maxConnections: request.maxConnections ?? MAX_CONNECTIONS_DEFAULT,
      limit: bandwidth === undefined ? undefined : new RateLimit(bandwidth, clock),
      idleTimeout: request.idleTimeout,
      onRefusal: (message) => onEvent({ tag: "warning", message }),
    });
    this.#wait = new Wait(clock, this.#stop.signal);
    this.#wish = new PortWish(request.remotePort, this.#timing.patience, clock);
    this.startedAt = clock.date();
    this.#state = { tag: "connecting", since: this.startedAt };
    this.expiresAt = expiresAfter === undefined ? undefined : this.startedAt + expiresAfter;
    this.#armExpiry();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#settled = promise;
    void this.#run(resolve).finally(resolve);
  }

  get state(): TunnelState {
    return this.#state;
  }

  get statistics(): TunnelStatistics {
    return this.#visitors.counters.snapshot();
  }

  /** Fulfils when the first attempt came to its end, whatever that was. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /** Tries again at once, also a tunnel that failed or a connection that looks healthy. */
  reconnect(): void {
    this.#attempt = 0;
    this.#control?.drop(new TunnelError("closed", "Reconnecting was asked for"));
    this.#wait.cut();
    if (this.#state.tag === "failed") {
      this.#enter({ tag: "connecting", since: this.#date() });
      void this.#run(() => undefined);
    }
  }

  /** The machine slept, or its clock jumped: connections may be dead without anybody having said so. */
  verify(): void {
    const control = this.#control;
    if (control === undefined) {
      this.#attempt = 0;
      this.#wait.cut();
      return;
    }
    const { clock } = this.#parts;
    const before = control.heard();
    clock.after(VERIFY_TIMEOUT, () => {
      if (control.heard() > before) return;
      control.drop(
        new TunnelError("timeout", "The server was not heard of after the machine slept"),
      );
    });
  }

  /** Stops it: its port is given up, its visitors are reset. Idempotent. */
  [Symbol.dispose](): void {
    this.#end("It was stopped");
  }

  /** Timers of the platform do not reach far, so the time is looked at once an hour. */
  #armExpiry(): void {
    if (this.expiresAt === undefined) return;
    const left = this.expiresAt - this.#date();
    const delay = Math.min(Math.max(left, 0), HOUR);
    this.#cancelExpiry = this.#parts.clock.after(delay, () => {
      if (left <= HOUR) this.#end("It expired");
      else this.#armExpiry();
    });
  }

  #end(reason: string): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(new Error(reason));
    this.#cancelExpiry?.();
    this.#visitors[Symbol.dispose]();
    this.#enter({ tag: "disconnected", since: this.#date(), reason });
  }

  async #run(settle: () => void): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#attempt += 1;
      const failure = await this.#hold(settle);
      settle();
      if (signal.aborted) return;
      const isTaken = this.#wish.refused(failure.code);
      if (failure.isFatal && !isTaken) {
        const { code, message: reason, hint } = failure;
        this.#enter({ tag: "failed", since: this.#date(), failure: { code, reason, hint } });
        return;
      }
      const attempt = Math.max(this.#attempt, 1);
      const delay = Math.max(this.#backoff.delay(attempt), this.#parts.budget.take());
      this.#retry(failure, this.#date() + delay);
      await this.#wait.start(delay);
      if (!signal.aborted) this.#retry(failure, undefined);
    }
  }

  /** Connects and stays connected as long as that lasts; returns why it is over. */
  async #hold(settle: () => void): Promise<TunnelError> {
    const { clock } = this.#parts;
    let control: Control;
    try {
      control = await openControl(this.#context, {
        port: this.#wish.port,
        lease: this.id,
        signal: this.#stop.signal,
        onVisitor: (visitor) => this.#visitors.take(visitor),
        onWarning: (message) => this.#parts.onEvent({ tag: "warning", message }),
      });
    } catch (error) {
      if (error instanceof TunnelError) return error;
      return new TunnelError("closed", "The tunnel cannot be opened", { cause: error });
    }
    this.#control = control;
    this.#connected(control.port);
    settle();
    const since = clock.now();
    const failure = await control.ended;
    this.#control = undefined;
    this.#wish.lost();
    if (clock.now() - since >= this.#timing.stableAfter) this.#attempt = 0;
    return failure;
  }

  #connected(port: number): void {
    this.#wish.got(port);
    const publicUrl = `http://${hostText(this.request.server.host)}:${port}`;
    const previous = this.#url;
    this.#url = publicUrl;
    this.#enter({ tag: "connected", since: this.#date(), publicPort: port, publicUrl });
    if (previous !== undefined && previous !== publicUrl) {
      this.#parts.onEvent({ tag: "url", url: publicUrl, previous });
    }
  }

  #retry({ code, message: reason, hint }: TunnelError, nextAttemptAt: number | undefined): void {
    const since = this.#state.tag === "reconnecting" ? this.#state.since : this.#date();
    const attempt = this.#attempt + 1;
    const failure = { code, reason, hint };
    this.#enter({ tag: "reconnecting", since, failure, attempt, nextAttemptAt });
  }

  #enter(state: TunnelState): void {
    this.#state = state;
    this.#parts.onEvent({ tag: "state" });
  }

  #date(): number {
    return this.#parts.clock.date();
  }
}

const HOUR = 3_600_000;

/** Milliseconds within which a server that lives has sent some of its heartbeats. */
const VERIFY_TIMEOUT = 2000;
