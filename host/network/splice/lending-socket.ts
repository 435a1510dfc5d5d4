import { Socket } from "node:net";

/**
 * What lending sockets are read into: a read and the callback for it are one step, and nobody keeps the bytes.
 * node:net would allocate as much for each read, which costs more than reading where data flows fast.
 *
 * After a read of so many bytes there are more: the next one goes right to where its bytes are needed. Where nobody has
 * room it is this buffer again. It is small, because what was read has to be kept, and any of thousands of connections
 * may be the next: none reads much that its reader has not made room for.
 */
const BUFFER: Buffer = Buffer.allocUnsafeSlow(16 * 1024);

/** Who gets the bytes of a lending socket. */
export interface Borrower {
  /** Gets bytes that are valid until it returns. */
  readonly onLent: (bytes: Uint8Array) => void;
  /** Room of the borrower for the next bytes, where it has some to spare; `onLent` gets them where they are. */
  readonly reserve?: (() => Uint8Array | undefined) | undefined;
  /** Gives back what `reserve` returned, whether bytes were lent in it or not. */
  readonly release?: ((room: Uint8Array) => void) | undefined;
}

/** Where a socket is read into, read by read. */
class ReadRoom {
  borrower: Borrower = { onLent: () => {} };
  #buffer: Uint8Array = BUFFER;
  /** What the borrower reserved, and `#buffer` is the start of. */
  #reserved: Uint8Array | undefined;
  #isBulk = false;

  /** For the next read; called after each of them, and before the first. */
  next(): Uint8Array {
    const wasSmall = this.#reserved === undefined;
    this.release();
    const room = this.#isBulk ? this.borrower.reserve?.() : undefined;
    this.#reserved = room;
    // Together with the read before, as much as one room: peers write so much at a time, and it is had in one go then.
    const end = wasSmall && room !== undefined ? room.length - BUFFER.length : undefined;
    this.#buffer = room?.subarray(0, end) ?? BUFFER;
    return this.#buffer;
  }

  received(length: number): boolean {
    this.#isBulk = length >= BUFFER.length;
    this.borrower.onLent(this.#buffer.subarray(0, length));
    return true;
  }

  release(): void {
    if (this.#reserved !== undefined) this.borrower.release?.(this.#reserved);
    this.#reserved = undefined;
  }
}

/**
 * An accepted socket that is read into one buffer for all of them, or into memory of whoever gets its bytes.
 * It is paused when it is made, and instead of emitting `data` it lends bytes, until it is paused again.
 */
export class LendingSocket extends Socket {
  readonly #room: ReadRoom;

  private constructor(handle: object) {
    const room = new ReadRoom();
    const options: object = {
      // Node.js makes its own sockets from accepted connections in this way; it is not in its documentation.
      handle,
      pauseOnCreate: true,
      allowHalfOpen: true,
      onread: {
        buffer: () => room.next(),
        callback: (length: number) => room.received(length),
      },
    };
    super(options);
    this.#room = room;
    // Nothing is read any more, but it may be written to for long.
    this.once("end", () => room.release());
    this.once("close", () => room.release());
  }

  /** To be called before it is resumed. */
  lendTo(borrower: Borrower): void {
    this.#room.borrower = borrower;
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
