import type { Guest } from "../guest.ts";
import { InputStream } from "../io/input-stream.ts";
import { OutputStream } from "../io/output-stream.ts";
import type { SharedConnection } from "./shared-connection.ts";

/** The `input-stream` of a `tcp-socket`; it keeps the connection alive. */
export class TcpInputStream extends InputStream {
  readonly #shared: SharedConnection;

  constructor(guest: Guest, shared: SharedConnection) {
    super(guest, shared.connection.source);
    this.#shared = shared;
  }

  protected override drop(): void {
    if (this.guest.disposed) this.#shared.connection.reset();
    else super.drop();
    this.#shared.release();
  }
}

/**
 * The `output-stream` of a `tcp-socket`; it keeps the connection alive.
 * A guest that drops it has said all it had to say, which the peer sees as the end of the stream.
 * A guest that is taken down in mid-sentence has not, and the peer must not take it for an end: it sees a reset.
 */
export class TcpOutputStream extends OutputStream {
  readonly #shared: SharedConnection;

  constructor(guest: Guest, shared: SharedConnection) {
    super(guest, shared.connection.sink);
    this.#shared = shared;
  }

  protected override drop(): void {
    if (this.guest.disposed) this.#shared.connection.reset();
    else super.drop();
    this.#shared.release();
  }
}
