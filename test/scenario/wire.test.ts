import assert from "node:assert/strict";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "mocha";
import { Scenario } from "../support/scenario.ts";

const HOST = "host: count.localhost\r\n";
const LAST = "connection: close\r\n\r\n";

describe("HTTP on the wire", function () {
  this.timeout(20_000);
  let scenario: Scenario;
  before(async () => {
    scenario = await Scenario.start({
      name: "count",
      component: { guest: "http-count", poolSize: 2 },
    });
  });
  after(async () => {
    const states = scenario.statesOf("count").map(({ tag }) => tag);
    await scenario[Symbol.asyncDispose]();
    assert.deepEqual(states, ["running"], "the workload was restarted");
  });

  /** Sends these bytes on a new connection and gives all that comes until the host closes it. */
  async function exchange(bytes: string): Promise<string> {
    const client = connect(scenario.host.http.port, "127.0.0.1");
    client.write(bytes);
    return await text(client);
  }

  it("answers requests in their order, with and without a body, that arrive in one packet", async () => {
    const answers = await exchange(
      `POST / HTTP/1.1\r\n${HOST}content-length: 3\r\n\r\nabc` +
        `GET / HTTP/1.1\r\n${HOST}\r\n` +
        `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n` +
        `GET / HTTP/1.1\r\n${HOST}${LAST}`,
    );
    assert.deepEqual(bodiesOf(answers), ["3", "0", "2", "0"]);
  });

  it("answers clients with and without a body that come at once", async () => {
    const bodies = Array.from({ length: 200 }, (_, index) =>
      "x".repeat(index % 3 === 0 ? 0 : index),
    );
    const answers = await Promise.all(
      bodies.map((body) => scenario.get("count", "/", body === "" ? {} : { body })),
    );
    assert.deepEqual(
      answers,
      bodies.map((body) => `200 ${body.length}`),
    );
  });

  it("asks a client that waits for it to go on", async () => {
    const answers = await exchange(
      `POST / HTTP/1.1\r\n${HOST}expect: 100-continue\r\ncontent-length: 3\r\n${LAST}abc`,
    );
    assert.match(answers, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n3$/);
  });

  it("passes trailers through a guest that echoes", async () => {
    const answers = await exchange(
      `POST /echo HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n${LAST}2\r\nhi\r\n0\r\nx-sum: 42\r\n\r\n`,
    );
    assert.match(answers, /\r\n\r\n2\r\nhi\r\n0\r\nx-sum: 42\r\n\r\n$/);
  });

  it("answers HEAD with a large body at once, without it", async () => {
    const answers = await exchange(`HEAD /large?bytes=1000000000 HTTP/1.1\r\n${HOST}${LAST}`);
    assert.match(answers, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/);
  });

  it("refuses a request with two lengths, which a proxy could read in another way", async () => {
    const answers = await exchange(
      `POST / HTTP/1.1\r\n${HOST}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    );
    assert.match(answers, /^HTTP\/1\.1 400 /);
  });

  it("forgets a client that breaks off its body", async () => {
    for (let round = 0; round < 10; round++) {
      const client = connect(scenario.host.http.port, "127.0.0.1");
      client.write(`POST / HTTP/1.1\r\n${HOST}content-length: 10\r\n\r\nabc`);
      client.end();
      await text(client);
    }
    assert.equal(await scenario.get("count", "/", { body: "abcd" }), "200 4");
  });
});

function bodiesOf(answers: string): string[] {
  return answers.split(/HTTP\/1\.1 200 OK\r\n[^]*?\r\n\r\n/).slice(1);
}
