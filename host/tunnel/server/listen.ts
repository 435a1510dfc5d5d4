import type { Server } from "node:net";

/** Bytes that a socket may hold before its partner is stopped: some chunks, so that not each of them stops it. */
export const SOCKET_BUFFER: number = 256 * 1024;

/** Starts to listen. Rejects with the error of the operating system. */
export async function listenOn(server: Server, port: number, host: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("listening", resolve);
  server.once("error", reject);
  // `exclusive` matters within a cluster only, where two processes would share the port.
  server.listen({ port, host, exclusive: true });
  try {
    await promise;
  } finally {
    server.off("listening", resolve);
    server.off("error", reject);
  }
}
