import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { ServerAddress } from "../../../../host/tunnel/client/server-address.ts";

/** A server that does what a test says, connection by connection. */
export interface ScriptedServer extends Disposable {
  readonly address: ServerAddress;
  /** Connections so far. */
  readonly connections: readonly Socket[];
}

/** Calls `script` with each connection and its number, from 0. */
export async function startScript(
  script: (socket: Socket, index: number) => void,
): Promise<ScriptedServer> {
  const connections: Socket[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on("error", () => undefined);
    connections.push(socket);
    script(socket, connections.length - 1);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = toAddress(server.address());
  return {
    address: { scheme: "bore", host: "127.0.0.1", port },
    connections,
    [Symbol.dispose]: () => {
      server.close();
      for (const socket of connections) socket.destroy();
    },
  };
}

export function toAddress(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === "string") throw new Error("It does not listen");
  return address;
}
