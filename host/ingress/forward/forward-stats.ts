/** What went through one forward; a value. Connections are visitors of UDP, too. */
export interface ForwardStats {
  /** Connections that are open, those that wait included. */
  readonly open: number;
  /** Connections that came in all. */
  readonly total: number;
  /** Connections that wait for the workload to listen. */
  readonly parked: number;
  /** Connections that were reset unanswered: too many, nobody listened in time, or nobody was going to. */
  readonly refused: number;
  /** Datagrams that found no room. */
  readonly dropped: number;
  /** Bytes from visitors, and to them. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly lastError: ForwardFailure | undefined;
}

/** The last thing that went wrong; `time` is milliseconds since the epoch. */
export interface ForwardFailure {
  readonly message: string;
  readonly time: number;
}

/** Counts what goes through a forward. */
export class ForwardCounter {
  open = 0;
  total = 0;
  parked = 0;
  refused = 0;
  dropped = 0;
  bytesIn = 0;
  bytesOut = 0;
  #lastError: ForwardFailure | undefined;

  /** Notes what went wrong, with the time. */
  fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#lastError = { message, time: Date.now() };
  }

  get current(): ForwardStats {
    const { open, total, parked, refused, dropped, bytesIn, bytesOut } = this;
    const lastError = this.#lastError;
    return { open, total, parked, refused, dropped, bytesIn, bytesOut, lastError };
  }
}
