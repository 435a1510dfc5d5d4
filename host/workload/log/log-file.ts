import { type Clock, SYSTEM_CLOCK } from "../../engine/clock.ts";
import { HOST_GUEST, type LogEntry } from "./log-entry.ts";
import { createLogFormat, type LogIdentity } from "./log-format.ts";
import { type Rotation, RotatingFile } from "./rotating-file.ts";

export interface LogFileOptions {
  readonly path: string;
  readonly identity: LogIdentity;
  /** `DEFAULT_ROTATION` by default. */
  readonly rotation?: Rotation | undefined;
  /** Told once that the file cannot be written, and again only after it could. */
  readonly onWarning: (message: string) => void;
  readonly clock?: Clock | undefined;
}

/** What kubelet keeps of a container's log. */
export const DEFAULT_ROTATION: Rotation = { size: 10 * 2 ** 20, files: 5 };

/** Characters that may wait for a slow disk; what comes then is lost, and counted. */
const PENDING_MAX = 2 ** 20;

/** Characters that are handed over at once, about. */
const CHUNK = 65_536;

/** Milliseconds from a failure to the next attempt. */
const RETRY = 30_000;

/** Milliseconds that closing may take, with all that still waits to be written. */
const CLOSE_DEADLINE = 5_000;

/**
 * The log of a workload as lines of JSON in a file that is rotated.
 * Writing never waits and never fails: where the disk is slow or full, lines are lost, and once it is not any more,
 * a line says how many.
 */
export class LogFile implements AsyncDisposable {
  readonly #options: LogFileOptions;
  readonly #format: (entry: LogEntry) => string;
  readonly #clock: Clock;
  #file: RotatingFile | undefined;
  #pending: Piece[] = [];
  #size = 0;
  /** Lines that are being written. */
  #taken = 0;
  #lost = 0;
  #draining: Promise<void> | undefined;
  #retryAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;
  #isClosed = false;

  constructor(options: LogFileOptions) {
    this.#options = options;
    this.#format = createLogFormat(options.identity);
    this.#clock = options.clock ?? SYSTEM_CLOCK;
  }

  write(entry: LogEntry): void {
    if (this.#isClosed) return;
    if (PENDING_MAX <= this.#size || this.#clock.now() < this.#retryAt) {
      this.#lost += 1;
      return;
    }
    if (this.#lost > 0) this.#add(this.#describeLoss(entry), this.#lost);
    this.#lost = 0;
    this.#add(this.#format(entry), 1);
    this.#draining ??= this.#drain();
  }

  /** Writes what waits to be written and closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const { promise: deadline, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(CLOSE_DEADLINE, resolve);
    await Promise.race([this.#close(), deadline]);
    cancel();
  }

  #add(text: string, lines: number): void {
    this.#pending.push({ text, lines });
    this.#size += text.length;
  }

  async #drain(): Promise<void> {
    // All lines of a turn are written together.
    await Promise.resolve();
    try {
      while (this.#pending.length > 0) {
        this.#file ??= await this.#open();
        await this.#file.write(this.#take());
        this.#taken = 0;
        this.#hasFailed = false;
      }
    } catch (error) {
      await this.#fail(error);
    } finally {
      this.#draining = undefined;
    }
  }

  async #open(): Promise<RotatingFile> {
    return await RotatingFile.open(this.#options.path, this.#options.rotation ?? DEFAULT_ROTATION);
  }

  #take(): string {
    let length = 0;
    const end = this.#pending.findIndex(({ text }) => (length += text.length) >= CHUNK);
    const pieces = this.#pending.splice(0, end === -1 ? this.#pending.length : end + 1);
    this.#taken = countLines(pieces);
    const chunk = pieces.map(({ text }) => text).join("");
    this.#size -= chunk.length;
    return chunk;
  }

  async #fail(error: unknown): Promise<void> {
    const { path, identity, onWarning } = this.#options;
    this.#lost += this.#taken + countLines(this.#pending);
    this.#taken = 0;
    this.#pending = [];
    this.#size = 0;
    this.#retryAt = this.#clock.now() + RETRY;
    const file = this.#file;
    this.#file = undefined;
    if (!this.#hasFailed) {
      const reason = error instanceof Error ? error.message : String(error);
      const workload = `${identity.namespace}/${identity.name}`;
      onWarning(`Cannot write the log of ${workload} to ${path}: ${reason}. It goes on without`);
    }
    this.#hasFailed = true;
    await file?.close();
  }

  #describeLoss({ time, sequence, replica }: LogEntry): string {
    const count = this.#lost === 1 ? "1 line is" : `${this.#lost} lines are`;
    const line = `${count} missing here: the disk was full or too slow`;
    return this.#format({ time, sequence, replica, guest: HOST_GUEST, stream: "host", line });
  }

  async #close(): Promise<void> {
    await this.#draining;
    await this.#file?.close();
  }
}

/** Some text, and how many of the guests' lines are lost if it is. */
interface Piece {
  readonly text: string;
  readonly lines: number;
}

function countLines(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { lines }) => sum + lines, 0);
}
