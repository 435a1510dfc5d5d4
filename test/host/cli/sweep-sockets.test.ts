import assert from "node:assert/strict";
import { link, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { listenOnSocketFile } from "../../../host/api/socket-file.ts";
import { sweepSockets } from "../../../host/cli/sweep-sockets.ts";

describe("sweepSockets", () => {
  it("removes what nobody answers at, and touches nothing else", async () => {
    const directory = await mkdtemp(join(tmpdir(), "islet-sweep-"));
    const live = createServer((socket) => socket.destroy());
    const dead = createServer();
    try {
      await listenOnSocketFile(live, join(directory, "run-live.sock"));
      await listenOnSocketFile(dead, join(directory, "run-dead.sock"));
      // Another name for it, which stays when the server goes.
      await link(join(directory, "run-dead.sock"), join(directory, "host.sock"));
      await writeFile(join(directory, "run-notes"), "");
      await new Promise((resolve) => dead.close(resolve));
      await sweepSockets(directory, "run-");
      assert.deepEqual((await readdir(directory)).toSorted(), [
        "host.sock",
        "run-live.sock",
        "run-notes",
      ]);
      await sweepSockets(join(directory, "none"), "run-");
    } finally {
      live.close();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
