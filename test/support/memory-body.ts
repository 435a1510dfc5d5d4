import { WaitList } from "../../host/network/wait-list.ts";
import type { Body, FieldList } from "../../host/wasi/http/message.ts";

/** A body that a test feeds by hand. */
export class MemoryBody implements Body {
  readonly whenReadable: WaitList = new WaitList();
  trailers: FieldList | undefined;
  failure: Error | undefined;
  /** Whether the reader said that it wants no more. */
  cancelled = false;
  #buffered: Buffer = Buffer.alloc(0);
  #finished = false;

  /** A body that is complete from the start. */
  static of(text: string, trailers?: FieldList): MemoryBody {
    const body = new MemoryBody();
    body.push(text);
    body.end(trailers);
    return body;
  }

  get available(): number {
    return this.#buffered.length;
  }

  get ended(): boolean {
    return this.#finished && this.#buffered.length === 0;
  }

  push(data: string | Uint8Array): void {
    this.#buffered = Buffer.concat([this.#buffered, Buffer.from(data)]);
    this.whenReadable.notify();
  }

  end(trailers?: FieldList): void {
    this.#finished = true;
    this.trailers = trailers;
    this.whenReadable.notify();
  }

  fail(failure: Error): void {
    this.failure = failure;
    this.end();
  }

  readInto(target: Uint8Array): number {
    const length = Math.min(target.length, this.#buffered.length);
    target.set(this.#buffered.subarray(0, length));
    this.#buffered = this.#buffered.subarray(length);
    return length;
  }

  cancel(): void {
    this.cancelled = true;
    this.#buffered = Buffer.alloc(0);
    this.end();
  }
}

/** Reads a body to its end and gives its text; rejects with its failure. */
export async function textOf(body: Body | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  while (body !== undefined && !body.ended) {
    if (body.available === 0) {
      await new Promise<void>((resolve) => {
        body.whenReadable.add(resolve);
      });
      continue;
    }
    const chunk = Buffer.alloc(body.available);
    chunks.push(chunk.subarray(0, body.readInto(chunk)));
  }
  if (body?.failure !== undefined) throw body.failure;
  return Buffer.concat(chunks).toString();
}
