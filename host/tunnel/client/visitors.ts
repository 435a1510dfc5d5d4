import { ConnectionEnd } from "../../network/splice/connection-end.ts";
import { splice, type SpliceLimit } from "../../network/splice/splice.ts";
import { type Access, admitsAddress, needsHttp } from "../access/access.ts";
import { admitRequest } from "../access/admit.ts";
import { connectGuest, type GuestTarget } from "./connect-guest.ts";
import type { ClientContext } from "./context.ts";
import type { Visitor } from "./control.ts";
import { fetchVisitor } from "./data.ts";
import { Counters } from "./statistics.ts";

export interface VisitorsOptions {
  readonly context: ClientContext;
  readonly target: GuestTarget;
  readonly access: Access;
  /** Visitors at a time; more are fetched and sent away. */
  readonly maxConnections: number;
  readonly limit: SpliceLimit | undefined;
  /** Milliseconds without a byte after which a visitor is sent away. */
  readonly idleTimeout: number | undefined;
  /** A visitor was lost or sent away; why, as a sentence. */
  readonly onRefusal: (reason: string) => void;
}

/** Visitors beyond the limit that are sent away at the same time; the rest is left to the server, which drops it. */
const REFUSING_MAX = 16;

/** Carries visitors between the server and the guest. Disposing it resets them all. */
export class Visitors implements Disposable {
  readonly counters: Counters = new Counters();
  readonly #options: VisitorsOptions;
  readonly #stop = new AbortController();
  #refusing = 0;

  constructor(options: VisitorsOptions) {
    this.#options = options;
  }

  /** Takes on a visitor that waits at the server. Never throws and never waits. */
  take(visitor: Visitor): void {
    const { access, maxConnections, onRefusal } = this.#options;
    if (this.#stop.signal.aborted) return;
    const { counters } = this;
    if (!admitsAddress(access, visitor.from)) {
      const from = visitor.from?.address ?? "an address that the server does not tell";
      this.#refuse(visitor, `Sent a visitor from ${from} away: it is not allowed`);
    } else if (counters.active >= maxConnections) {
      this.#refuse(visitor, `Sent a visitor away: ${maxConnections} are here already`);
    } else {
      counters.open();
      void this.#carry(visitor)
        .catch((error: unknown) => {
          if (this.#stop.signal.aborted) return;
          counters.fail();
          onRefusal(`Lost a visitor: ${error instanceof Error ? error.message : String(error)}`);
        })
        .finally(() => counters.close());
    }
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new Error("The tunnel is stopped"));
  }

  async #carry(visitor: Visitor): Promise<void> {
    const { context, target, access, limit, idleTimeout } = this.#options;
    const { signal } = this.#stop;
    const { clock } = context;
    const { end: visitorEnd, server } = await fetchVisitor(context, visitor.id, signal);
    let stop = (): void => visitorEnd.reset();
    const onAbort = (): void => stop();
    signal.addEventListener("abort", onAbort);
    try {
      const end = needsHttp(access) ? await admitRequest(visitorEnd, access, clock) : visitorEnd;
      if (end === undefined) {
        this.counters.refuse();
        return;
      }
      const connection = await connectGuest(target, visitor.from ?? server, signal);
      const joint = splice(end, new ConnectionEnd(connection), {
        clock,
        limit,
        idleTimeout,
        onBytes: (direction, bytes) => this.counters.count(direction, bytes),
      });
      stop = () => joint[Symbol.dispose]();
      await joint.done;
    } catch (error) {
      visitorEnd.reset();
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Fetches a visitor to close its connection: left alone, it would wait at the server for ten seconds. */
  #refuse(visitor: Visitor, reason: string): void {
    const { context, onRefusal } = this.#options;
    this.counters.refuse();
    if (this.#refusing === 0) onRefusal(reason);
    if (this.#refusing >= REFUSING_MAX) return;
    this.#refusing += 1;
    void fetchVisitor(context, visitor.id, this.#stop.signal)
      .then(({ end }) => end.reset())
      .catch(() => undefined)
      .finally(() => {
        this.#refusing -= 1;
      });
  }
}
