import { SocketError } from "../../network/error.ts";

/** The most sockets that one instance has at a time, like a process's limit of open files. */
const SOCKETS_MAX = 16_384;

/** Counts the sockets of one guest. */
export class SocketQuota {
  #used = 0;
  readonly #max: number;

  constructor(max: number = SOCKETS_MAX) {
    this.#max = max;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes one; whoever acquired releases, once. Throws as `checkRoom`. */
  acquire(): void {
    this.checkRoom();
    this.#used += 1;
  }

  release(): void {
    this.#used -= 1;
  }

  /** Throws `new-socket-limit` where all are taken. */
  checkRoom(): void {
    if (this.#used < this.#max) return;
    // WIT: "The new socket resource could not be created because of a system limit. (EMFILE, ENFILE)"
    throw new SocketError(
      "new-socket-limit",
      `Cannot create a socket: the guest already has ${this.#max}`,
    );
  }
}
