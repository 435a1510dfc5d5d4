/** One line of a workload's log. */
export interface LogEntry extends LogInput {
  /** Grows by one a line within a workload; a gap says that lines between were dropped. */
  readonly sequence: number;
}

/** A line on its way into a log. */
export interface LogInput {
  /** When it was printed, milliseconds since the epoch. */
  readonly time: number;
  /** A component's name, `service`, or `host` for what the host says. */
  readonly guest: string;
  readonly stream: "stdout" | "stderr" | "host";
  /** From 0. */
  readonly replica: number;
  /** Without its line end. What a guest prints may hold any character, those that steer terminals included. */
  readonly line: string;
}

/** Which lines of a log are wanted; all of them without any field. */
export interface LogQuery {
  /** Only this guest's lines: a component's name, `service`, or `host` for what the host says. */
  readonly guest?: string | undefined;
  /** Only lines from this time on, milliseconds since the epoch. */
  readonly since?: number | undefined;
  /** Only the last that many. */
  readonly tail?: number | undefined;
}

/** What is kept of a log. */
export interface LogPage {
  readonly entries: readonly LogEntry[];
  /**
   * Tells `listener` of all lines that the query asks for and that came after `entries`, in order, without a gap and
   * without one twice: first, before it comes back, of those that came since the page was made.
   * A listener that throws is told of nothing more.
   */
  follow(listener: (entry: LogEntry) => void): Disposable;
}

/** What logs call the host itself, as the author of a line. */
export const HOST_GUEST = "host";
