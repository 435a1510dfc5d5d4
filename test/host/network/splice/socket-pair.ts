import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { toAddress } from "../../tunnel/client/scripted-server.ts";
import { connectTo } from "../../tunnel/support.ts";

/**
 * A client and the other end of its connection, of which nothing was read yet; both allow half-open connections.
 * `closers` gets what closes them.
 */
export async function socketPair(closers: (() => void)[]): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection");
  const client = await connectTo(toAddress(server.address()).port);
  const [socket]: Socket[] = await accepted;
  assert.ok(socket);
  socket.on("error", () => undefined);
  server.close();
  closers.push(() => {
    client.destroy();
    socket.destroy();
  });
  return [client, socket];
}
