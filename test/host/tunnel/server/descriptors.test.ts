import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, it } from "mocha";
import { connectTo, eventually, read } from "../support.ts";

/** Enough for Node itself, which opens many of its modules at once, and for some connections. */
const DESCRIPTORS = 160;

describe("A tunnel server without descriptors left", function () {
  this.timeout(60_000);

  it("goes on as soon as there are some again", async function () {
    if (process.platform === "win32") this.skip();
    const main = fileURLToPath(new URL("../../../../host/main.ts", import.meta.url));
    const command = `ulimit -n ${DESCRIPTORS}; exec "$0" "$1" tunnel serve --port 0`;
    const child = spawn("sh", ["-c", command, process.execPath, main], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      let port = 0;
      createInterface({ input: child.stdout }).on("line", (line) => {
        port ||= Number(/^Tunnel server at 127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? 0);
      });
      await eventually(() => port > 0 || child.exitCode !== null);
      assert.equal(child.exitCode, null);
      const flood = Array.from({ length: 3 * DESCRIPTORS }, () => occupy(port));
      await eventually(() => flood.some((socket) => socket.closed));
      for (const socket of flood) socket.destroy();
      const answers = async (): Promise<boolean> => {
        const socket = await connectTo(port);
        socket.write('{"Hello":0}\0');
        const answer = await Promise.race([read(socket, 10), closed(socket)]);
        socket.destroy();
        return answer?.toString().startsWith('{"Hello":') === true;
      };
      let isServed = false;
      while (!isServed) isServed = await answers();
      assert.equal(child.exitCode, null);
    } finally {
      child.kill();
    }
  });
});

function occupy(port: number): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.resume();
  return socket;
}

async function closed(socket: Socket): Promise<undefined> {
  await eventually(() => socket.closed);
  return undefined;
}
