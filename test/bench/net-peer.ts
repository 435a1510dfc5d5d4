import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { SocketClient } from "./socket-client.ts";

/** The reference: node:net on the machine's loopback, a server and the clients of it. */
export class NetPeer extends SocketClient {
  static async start(serve: (socket: Socket) => void, port = 0): Promise<NetPeer> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, serve);
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("The server is closed");
    return new NetPeer(server, address.port);
  }

  readonly #server: Server;

  private constructor(server: Server, port: number) {
    super(port);
    this.#server = server;
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.#server.close();
  }
}
