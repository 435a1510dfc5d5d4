import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { describe, it } from "mocha";
import { until } from "../../bridge/support.ts";
import { ipv4 } from "../../bridge/way-in-support.ts";
import { ask, attempt, dial, endOf, Harbour } from "./support.ts";

const REASON = "the workload is in error: Exited with status 1";

describe("Forward, to a workload that does not come back by itself", () => {
  it("resets who waits and who comes, and says why", async () => {
    await using harbour = new Harbour();
    const forward = await harbour.add();
    const waiting = [await dial(forward.host), await dial(forward.host)];
    await until(() => harbour.now(forward).stats.parked === 2);
    const ends = waiting.map(endOf);
    harbour.rest(REASON);
    assert.deepEqual(await Promise.all(ends), ["ECONNRESET", "ECONNRESET"]);
    assert.equal(await attempt(forward.host), "ECONNRESET");
    const { stats } = harbour.now(forward);
    assert.partialDeepStrictEqual(stats, { total: 3, refused: 3, open: 0, parked: 0 });
    assert.equal(stats.lastError?.message, `Cannot reach port 80: ${REASON}`);
  });

  it("has who comes wait again once somebody starts it", async () => {
    await using harbour = new Harbour();
    const forward = await harbour.add();
    harbour.rest(REASON);
    assert.equal(await attempt(forward.host), "ECONNRESET");
    harbour.rest(undefined);
    const answer = ask(await dial(forward.host), "hello");
    await until(() => harbour.now(forward).stats.parked === 1);
    harbour.serve();
    assert.equal(await answer, "hello");
    assert.partialDeepStrictEqual(harbour.now(forward).stats, { total: 2, refused: 1 });
  });

  it("joins who comes while something listens all the same", async () => {
    await using harbour = new Harbour();
    const forward = await harbour.add();
    harbour.serve();
    await until(() => harbour.now(forward).listening);
    harbour.rest(REASON);
    assert.equal(await ask(await dial(forward.host), "hello"), "hello");
  });

  it("resets who is on the way to a listener that closes", async () => {
    await using harbour = new Harbour();
    const forward = await harbour.add();
    const listener = harbour.shore.listen(ipv4("127.0.0.1", 80), 3);
    const client = await dial(forward.host);
    await until(() => listener.pending === 1);
    const end = endOf(client);
    harbour.rest(REASON);
    listener[Symbol.dispose]();
    assert.equal(await end, "ECONNRESET");
    assert.equal(harbour.now(forward).stats.refused, 1);
  });

  it("drops and counts datagrams, and says why", async () => {
    await using harbour = new Harbour();
    const forward = await harbour.add("auto:53/udp");
    harbour.rest(REASON);
    const socket = createSocket("udp4");
    socket.send("lost", forward.host, "127.0.0.1");
    await until(() => harbour.now(forward).stats.dropped === 1);
    assert.equal(harbour.now(forward).stats.lastError?.message, `Cannot reach port 53: ${REASON}`);
    socket.close();
  });
});
