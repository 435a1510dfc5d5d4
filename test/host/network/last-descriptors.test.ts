import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { describe, it } from "mocha";
import { watchDescriptors } from "../../../host/network/last-descriptors.ts";

describe("watchDescriptors", () => {
  it("tells a connection that has one of the last descriptors", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const client = connect(address.port, "127.0.0.1");
    const [accepted]: Socket[] = await once(server, "connection");
    assert.ok(accepted);
    const free = openSync("/dev/null", "r");
    closeSync(free);
    // The connection has a number near the next free one.
    assert.equal(watchDescriptors(free + 10_000)(accepted), false);
    assert.equal(watchDescriptors(free - 4)(accepted), true);
    accepted.destroy();
    assert.equal(watchDescriptors(0)(accepted), false, "a connection that is closed has none");
    client.destroy();
    server.close();
  });
});
