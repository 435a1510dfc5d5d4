import type { ByteSink, ByteSource } from "../../network/byte-stream.ts";
import type { WaitList } from "../../network/wait-list.ts";
import type { Guest } from "../guest.ts";
import { InputStream } from "../io/input-stream.ts";
import { OutputStream } from "../io/output-stream.ts";

/** `wasi:cli/stdin`, `stdout` and `stderr`: a fresh stream resource at each call, all on the same bytes. */
export interface StandardStreams {
  readonly stdin: { getStdin(): InputStream };
  readonly stdout: { getStdout(): OutputStream };
  readonly stderr: { getStderr(): OutputStream };
}

/**
 * The standard streams of one guest.
 * Dropping a stream resource ends its own use of the bytes only: the next `get-stdout` writes on.
 */
export function createStandardStreams(guest: Guest): StandardStreams {
  const { stdin, stdout, stderr } = guest.options;
  return {
    stdin: { getStdin: () => new InputStream(guest, new SharedSource(stdin)) },
    stdout: { getStdout: () => new OutputStream(guest, new SharedSink(stdout)) },
    stderr: { getStderr: () => new OutputStream(guest, new SharedSink(stderr)) },
  };
}

/** Passes everything on but the end: one reader that leaves does not close the source for the next. */
class SharedSource implements ByteSource {
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get available(): number {
    return this.#source.available;
  }
  get ended(): boolean {
    return this.#source.ended;
  }
  get failure(): Error | undefined {
    return this.#source.failure;
  }
  get whenReadable(): WaitList {
    return this.#source.whenReadable;
  }
  readInto(target: Uint8Array): number {
    return this.#source.readInto(target);
  }
  cancel(): void {}
}

/** Passes everything on but the end: one writer that leaves does not close the sink for the next. */
class SharedSink implements ByteSink {
  readonly #sink: ByteSink;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  get capacity(): number {
    return this.#sink.capacity;
  }
  get closed(): boolean {
    return this.#sink.closed;
  }
  get failure(): Error | undefined {
    return this.#sink.failure;
  }
  get whenWritable(): WaitList {
    return this.#sink.whenWritable;
  }
  write(bytes: Uint8Array): void {
    this.#sink.write(bytes);
  }
  end(): void {}
  abort(): void {}
}
