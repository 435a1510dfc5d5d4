import type { SpliceEnd, SpliceListener } from "../../network/splice/end.ts";

/** An end whose first bytes are looked at before it joins a splice, which then gets them, or others in their place. */
export class HeldEnd implements SpliceEnd {
  readonly #end: SpliceEnd;
  #listener: SpliceListener | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #hasEnded = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(end: SpliceEnd) {
    this.#end = end;
    end.start({
      onBytes: (bytes) => {
        if (this.#listener !== undefined) {
          this.#listener.onBytes(bytes);
          return;
        }
        this.#bytes = Buffer.concat([this.#bytes, bytes]);
        // One chunk at a time, as long as nobody takes them.
        end.pause();
        this.#wake?.();
      },
      onEnd: () => {
        this.#hasEnded = true;
        this.#wake?.();
        this.#listener?.onEnd();
      },
      onDrain: () => this.#listener?.onDrain(),
      onFinish: () => {
        this.#wake?.();
        this.#listener?.onFinish();
      },
      onBreak: (failure) => {
        this.#failure = failure;
        this.#wake?.();
        this.#listener?.onBreak(failure);
      },
    });
  }

  /** What came so far. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Whether no more will come. */
  get isOver(): boolean {
    return this.#hasEnded || this.#failure !== undefined;
  }

  /** Waits until more came, or until it is clear that no more comes, or until `cancelled` fulfils. */
  async more(cancelled: Promise<void>): Promise<void> {
    if (this.isOver) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    this.#end.resume();
    await Promise.race([promise, cancelled]);
    this.#wake = undefined;
  }

  /** Puts other bytes in the place of those that came. */
  replace(bytes: Buffer): void {
    this.#bytes = bytes;
  }

  start(listener: SpliceListener): void {
    this.#listener = listener;
    if (this.#bytes.length > 0) listener.onBytes(this.#bytes);
    this.#bytes = Buffer.alloc(0);
    if (this.#failure !== undefined) listener.onBreak(this.#failure);
    else if (this.#hasEnded) listener.onEnd();
    else this.#end.resume();
  }

  pause(): void {
    this.#end.pause();
  }

  resume(): void {
    this.#end.resume();
  }

  write(bytes: Uint8Array): boolean {
    return this.#end.write(bytes);
  }

  end(): void {
    this.#end.end();
  }

  reset(): void {
    this.#end.reset();
  }
}
