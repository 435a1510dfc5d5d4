import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** The reference: node:net on the machine's loopback, a server and the clients of it. */
export class NetPeer implements Disposable {
  static async start(serve: (socket: Socket) => void, port = 0): Promise<NetPeer> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, serve);
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return new NetPeer(server);
  }

  readonly #server: ReturnType<typeof createServer>;
  #socket: Socket | undefined;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
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

  /** Sends `bytes` on a connection of its own and waits for the answer to its end. */
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
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("The server is closed");
    const { port } = address;
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    await once(socket, "connect");
    return socket;
  }

  [Symbol.dispose](): void {
    this.#socket?.destroy();
    this.#server.close();
  }
}

const WRITE_SIZE = 64 * 1024;
