import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";

/**
 * What the same answers cost without a host: `/` is a bare hello,
 * `/dial` asks a line server on the machine's loopback, as the guests ask their service.
 */
const lines = createTcpServer({ noDelay: true }, (socket) => {
  socket.on("data", (chunk) => socket.write(chunk));
  socket.on("error", () => socket.destroy());
});
await new Promise<void>((resolve) => {
  lines.listen(0, "127.0.0.1", resolve);
});
const address = lines.address();
const port = typeof address === "object" && address !== null ? address.port : 0;

const server = createServer((request, response) => {
  if (request.url !== "/dial") {
    response.writeHead(200, { "content-type": "text/plain", "content-length": 6 });
    response.end("hello\n");
    return;
  }
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.write(`${request.url}\n`);
  socket.once("data", (chunk) => {
    socket.end();
    response.writeHead(200, { "content-type": "text/plain", "content-length": chunk.length });
    response.end(chunk);
  });
});
server.listen(0, "127.0.0.1", () => {
  const bound = server.address();
  if (typeof bound === "object" && bound !== null) console.log(`http://127.0.0.1:${bound.port}`);
});
process.on("SIGINT", () => process.exit());
