import type { LogLine } from "../bridge/message-to-main.ts";
import { LOG_WINDOW } from "../bridge/message-to-main.ts";
import type { ByteSink } from "../network/byte-stream.ts";
import { WaitList } from "../network/wait-list.ts";
import { LineSink } from "../wasi/cli/line-sink.ts";

/** Counted for each line besides its text, so that a flood of empty lines is bounded as well. */
const LINE_OVERHEAD = 32;

/**
 * Where the lines of all guests of a cell go.
 * At most about `LOG_WINDOW` bytes are under way to the main thread; while they are,
 * the guests' standard output takes nothing and a guest that prints waits.
 */
export class LogOutlet {
  readonly #send: (lines: readonly LogLine[], bytes: number) => void;
  readonly #schedule: (flush: () => void) => void;
  readonly #whenCredit = new WaitList();
  #lines: LogLine[] = [];
  #bytes = 0;
  #credit: number = LOG_WINDOW;

  /** `schedule` is to call its argument at the end of the turn: all lines of a turn are sent together. */
  constructor(
    send: (lines: readonly LogLine[], bytes: number) => void,
    schedule: (flush: () => void) => void,
  ) {
    this.#send = send;
    this.#schedule = schedule;
  }

  /** A standard stream for `guest`. Ending it hands over its unfinished line. */
  openSink(guest: string, stream: LogLine["stream"]): ByteSink {
    const lines = new LineSink((line) => this.#add({ guest, stream, line }));
    return new CreditedSink(lines, () => this.#credit > 0, this.#whenCredit);
  }

  /** The main thread has handled `bytes`. */
  addCredit(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit > 0) this.#whenCredit.notify();
  }

  /** Sends the lines of this turn now, so that they are ahead of what is sent next. */
  flush(): void {
    if (this.#lines.length === 0) return;
    this.#send(this.#lines, this.#bytes);
    this.#lines = [];
    this.#bytes = 0;
  }

  #add(line: LogLine): void {
    const size = line.line.length + LINE_OVERHEAD;
    if (this.#lines.length === 0) this.#schedule(() => this.flush());
    this.#lines.push(line);
    this.#bytes += size;
    this.#credit -= size;
  }
}

/** Passes everything on, but takes nothing while there is no credit. */
class CreditedSink implements ByteSink {
  readonly whenWritable: WaitList;
  readonly #sink: ByteSink;
  readonly #hasCredit: () => boolean;

  constructor(sink: ByteSink, hasCredit: () => boolean, whenWritable: WaitList) {
    this.#sink = sink;
    this.#hasCredit = hasCredit;
    this.whenWritable = whenWritable;
  }

  get capacity(): number {
    // One write makes more lines than there is credit for at most by this much.
    return this.#hasCredit() ? Math.min(this.#sink.capacity, WRITE_MAX) : 0;
  }

  get closed(): boolean {
    return this.#sink.closed;
  }

  get failure(): Error | undefined {
    return this.#sink.failure;
  }

  write(bytes: Uint8Array): void {
    this.#sink.write(bytes);
  }

  end(): void {
    this.#sink.end();
  }

  abort(failure: Error): void {
    this.#sink.abort(failure);
  }
}

const WRITE_MAX = 4_096;
