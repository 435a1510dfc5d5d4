import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { resetSocket } from "../../network/splice/socket-end.ts";
import type { TunnelClock } from "../clock.ts";

/** Milliseconds that a visitor waits for the client to fetch it, as bore's server lets it. */
const PENDING_TIMEOUT = 10_000;

/** A visitor that the client was told of. */
export interface PendingVisitor {
  readonly id: string;
  readonly socket: Socket;
  /** The tunnel that it came to. */
  readonly port: number;
  /** Called once with what became of it: it was fetched, or it is gone. */
  readonly onLeave: (fetched: boolean) => void;
}

interface Entry extends PendingVisitor {
  readonly cancel: () => void;
}

/** Visitors of all tunnels that wait to be fetched; each is fetched once at most, and none waits for long. */
export class PendingTable implements Disposable {
  readonly #clock: TunnelClock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: TunnelClock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Puts a visitor here; returns its ID, which cannot be guessed. */
  add(visitor: Omit<PendingVisitor, "id">): string {
    const id = randomUUID();
    const cancel = this.#clock.after(PENDING_TIMEOUT, () => this.#drop(id));
    this.#entries.set(id, { ...visitor, id, cancel });
    return id;
  }

  /** Takes a visitor out, or undefined where it is unknown, was fetched already, or waited for too long. */
  take(id: string): PendingVisitor | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#entries.delete(id);
    entry.cancel();
    return entry;
  }

  /** Those that wait for one tunnel. */
  of(port: number): readonly PendingVisitor[] {
    return [...this.#entries.values()].filter((entry) => entry.port === port);
  }

  /** Resets those that wait for one tunnel. */
  dropAll(port: number): void {
    for (const { id } of this.of(port)) this.#drop(id);
  }

  [Symbol.dispose](): void {
    for (const id of this.#entries.keys()) this.#drop(id);
  }

  #drop(id: string): void {
    const visitor = this.take(id);
    if (visitor === undefined) return;
    resetSocket(visitor.socket);
    visitor.onLeave(false);
  }
}
