import { Socket } from "node:net";

/**
 * What all lending sockets are read into: a read and the callback for it are one step, and nobody keeps the bytes.
 * node:net would allocate as much for each read, which costs more than reading where data flows fast.
 */
const BUFFER: Buffer = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * An accepted socket that is read into one and the same buffer. It is paused when it is made, and instead of `data`
 * it calls `onLent`, until it is paused again.
 */
export class LendingSocket extends Socket {
  /** Gets bytes that are valid until it returns. */
  onLent: (bytes: Uint8Array) => void = () => {};

  private constructor(handle: object) {
    const options: object = {
      // Node.js makes its own sockets from accepted connections in this way; it is not in its documentation.
      handle,
      pauseOnCreate: true,
      allowHalfOpen: true,
      onread: {
        buffer: BUFFER,
        callback: (length: number): boolean => {
          this.onLent(BUFFER.subarray(0, length));
          return true;
        },
      },
    };
    super(options);
  }

  /**
   * Takes the connection over from `accepted`, of which nothing was read yet and which allows half-open connections.
   * `accepted` itself is not used any more; it is returned where the connection cannot be taken from it.
   */
  static adopt(accepted: Socket): Socket {
    const handle: unknown = Reflect.get(accepted, "_handle");
    if (typeof handle !== "object" || handle === null || accepted.destroyed) return accepted;
    if (!Reflect.set(accepted, "_handle", null)) return accepted;
    return new LendingSocket(handle);
  }
}
