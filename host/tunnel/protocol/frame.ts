import { ProtocolError } from "./error.ts";

/** The longest frame of the bore protocol in bytes, without the NUL that ends it. */
export const FRAME_MAX = 256;

/** The bytes of a frame: its JSON, and a NUL behind it. Throws `RangeError` where it is too long to be one. */
export function encodeFrame(json: string): Buffer {
  const frame = Buffer.from(`${json}\0`);
  if (frame.length > FRAME_MAX + 1) {
    throw new RangeError(`Cannot send a frame of ${frame.length - 1} bytes: ${FRAME_MAX} is most`);
  }
  return frame;
}

/**
 * Cuts received bytes into frames, however they are split.
 * It takes frames out one at a time, because what follows the last one of a handshake is not made of frames.
 */
export class FrameDecoder {
  #bytes: Buffer = Buffer.alloc(0);

  /** Bytes that are not part of a frame that was taken out. */
  get size(): number {
    return this.#bytes.length;
  }

  push(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
  }

  /**
   * Takes out the next frame, or undefined where its end has not come.
   * Throws `ProtocolError`: `frame-too-long` as soon as it is known to be, `invalid-json` for what is not UTF-8.
   */
  next(): string | undefined {
    const end = this.#bytes.indexOf(0);
    if ((end < 0 ? this.#bytes.length : end) > FRAME_MAX) {
      throw new ProtocolError(
        "frame-too-long",
        `Cannot read a frame of more than ${FRAME_MAX} bytes`,
      );
    }
    if (end < 0) return undefined;
    const frame = this.#bytes.subarray(0, end);
    this.#bytes = this.#bytes.subarray(end + 1);
    try {
      return UTF8.decode(frame);
    } catch (error) {
      throw new ProtocolError("invalid-json", "Cannot read a frame that is not UTF-8", {
        cause: error,
      });
    }
  }

  /** Takes out all that is left: what follows the frames. */
  rest(): Buffer {
    const rest = this.#bytes;
    this.#bytes = Buffer.alloc(0);
    return rest;
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });
