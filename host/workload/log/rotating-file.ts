import { appendFile, open } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { createStream, type RotatingFileStream } from "rotating-file-stream";

/** When a file makes place for a new one. */
export interface Rotation {
  /** Bytes after which a file is followed by a new one. */
  readonly size: number;
  /** Files that are kept in all, the one that is written to included; at least two. */
  readonly files: number;
}

/**
 * A file that is appended to and, once it is full, renamed to `NAME.1`, that one before it to `NAME.2` and so on.
 * Every step leaves whole lines, so a process that is killed in between leaves nothing that the next one stumbles over.
 */
export class RotatingFile {
  readonly #stream: RotatingFileStream;
  #failure: Error | undefined;

  /** Opens the file, readable for nobody but its owner, and ends its last line where that was cut off. */
  static async open(path: string, { size, files }: Rotation): Promise<RotatingFile> {
    await finishLastLine(path);
    return new RotatingFile(
      createStream(basename(path), {
        path: dirname(path),
        size: `${size}B`,
        rotate: files - 1,
        mode: 0o600,
      }),
    );
  }

  private constructor(stream: RotatingFileStream) {
    this.#stream = stream;
    // A failed write tells of it as well; without a listener it would end the process.
    stream.on("error", (error) => (this.#failure = error));
  }

  /** Comes back when the text was handed to the operating system. */
  async write(text: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#stream.write(text, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(this.#failure ?? error);
    });
    await promise;
  }

  async close(): Promise<void> {
    if (this.#stream.closed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stream.once("close", resolve);
    this.#stream.end();
    if (this.#stream.errored !== null) this.#stream.destroy();
    await promise;
  }
}

async function finishLastLine(path: string): Promise<void> {
  if (await endsInLine(path)) return;
  await appendFile(path, "\n");
}

async function endsInLine(path: string): Promise<boolean> {
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    if (size === 0) return true;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return bytesRead === 0 || buffer[0] === NEWLINE;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return true;
    throw error;
  }
}

const NEWLINE = 0x0a;
