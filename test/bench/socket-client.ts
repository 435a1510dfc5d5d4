import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A client of node:net to a port of this machine, which another process serves. */
export class SocketClient implements Disposable {
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends `size` bytes and waits for as many, `count` times, on one connection. */
  async rounds(count: number, size: number): Promise<void> {
    const socket = (this.#socket ??= await this.#connect());
    const message = Buffer.alloc(size);
    await new Promise<void>((resolve) => {
      let left = count;
      let received = 0;
      const onData = (chunk: Buffer): void => {
        received += chunk.length;
        if (received < size) return;
        received = 0;
        left -= 1;
        if (left > 0) {
          socket.write(message);
          return;
        }
        socket.off("data", onData);
        resolve();
      };
      socket.on("data", onData);
      socket.write(message);
    });
  }

  /** Sends `bytes` on a connection of its own and waits for its end. */
  async send(bytes: number): Promise<void> {
    const socket = await this.#connect();
    const chunk = Buffer.alloc(WRITE_SIZE);
    for (let sent = 0; sent < bytes; sent += WRITE_SIZE) {
      if (!socket.write(chunk)) await once(socket, "drain");
    }
    socket.end();
    socket.resume();
    await once(socket, "close");
  }

  async #connect(): Promise<Socket> {
    const socket = connect({
      port: this.#port,
      host: "127.0.0.1",
      noDelay: true,
      allowHalfOpen: true,
    });
    await once(socket, "connect");
    return socket;
  }

  [Symbol.dispose](): void {
    this.#socket?.destroy();
  }
}

const WRITE_SIZE = 64 * 1024;
