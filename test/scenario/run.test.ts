import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { after, before, describe, it } from "mocha";
import { startIslet, type ServerProcess } from "../support/host-process.ts";
import { startWorkloads } from "../support/host-workloads.ts";
import { call } from "../support/http-call.ts";
import { descendantsOf, hasProc, isAlive, listeningPorts } from "../support/machine.ts";
import { buildTemplate, projectManifest } from "../support/template.ts";

const TASK = JSON.stringify({ payload: "Hello World" });

describe("islet run", function () {
  this.timeout(60_000);
  before(buildTemplate);

  describe("manifests/service-tcp.yaml", () => {
    let islet: ServerProcess;
    before(async () => {
      islet = await startIslet([projectManifest("service-tcp")]);
    });
    after(() => islet[Symbol.asyncDispose]());

    function post(body: string): Promise<string> {
      return call(`${islet.url}/task`, { body }).then(({ status, text }) => `${status} ${text}`);
    }

    it("converts what is posted to /task", async () => {
      assert.equal(await post(TASK), "200 H3110 W0r1d\n");
    });

    it("converts each line of a text, in any script", async () => {
      assert.equal(
        await post(JSON.stringify({ payload: "leet\n\nгруша 🍐 test" })),
        "200 1337\n\nгруша 🍐 7357\n",
      );
    });

    it("serves a page at /", async () => {
      const { status, headers, text } = await call(`${islet.url}/`);
      assert.equal(status, 200);
      assert.equal(headers["content-type"], "text/html; charset=utf-8");
      assert.match(text, /^<!doctype html>[^]*<\/html>\s*$/);
      const head = await call(`${islet.url}/`, { method: "HEAD" });
      assert.equal(`${head.status} ${head.text}`, "200 ");
    });

    for (const [title, body, answer] of [
      ["is no JSON", "Hello", "400 The body is not JSON\n"],
      ["is empty", "", "400 The body is not JSON\n"],
      ["has no payload", '{"text":"x"}', '400 The body has no text "payload"\n'],
      ["has a payload that is no text", '{"payload":7}', '400 The body has no text "payload"\n'],
    ] as const) {
      it(`refuses a body that ${title}`, async () => {
        assert.equal(await post(body), answer);
      });
    }

    it("refuses a body and a line that are too long", async () => {
      assert.match(await post(JSON.stringify({ payload: "a".repeat(200_000) })), /^413 A line of/);
      assert.match(await post(" ".repeat(2 * 2 ** 20)), /^413 The body is longer/);
      assert.equal(await post(TASK), "200 H3110 W0r1d\n");
    });

    it("knows no other paths and methods", async () => {
      assert.equal((await call(`${islet.url}/nothing`)).status, 404);
      const { status, headers } = await call(`${islet.url}/task`);
      assert.deepEqual([status, headers["allow"]], [405, "POST"]);
      assert.equal((await call(`${islet.url}/`, { method: "DELETE" })).status, 405);
    });

    it("gives each of fifty clients at once its own answer", async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          post(JSON.stringify({ payload: `client ${index}` })),
        ),
      );
      const expected = answers.map((_, index) => `200 c113n7 ${index}\n`);
      assert.deepEqual(answers, expected);
    });

    it("prints where it listens and what to try", () => {
      assert.ok(islet.lines.some((line) => line.includes(`Listening on ${islet.url}`)));
      assert.ok(islet.lines.some((line) => line.startsWith("Try: curl ")));
    });

    it("ends in order with Ctrl-C: exit code 0, and nothing is left", async () => {
      const family = hasProc ? [islet.pid, ...(await descendantsOf(islet.pid))] : [];
      islet.process.kill("SIGINT");
      assert.equal(await islet.exited, 0);
      assert.equal(islet.lines.at(-1), "stopping …");
      for (const pid of family) assert.equal(await isAlive(pid), false, `${pid} is left`);
      await assert.rejects(call(islet.url), { code: "ECONNREFUSED" });
    });
  });

  it("ends at once with a second Ctrl-C", async () => {
    const component = { guest: "http-misbehave", limits: { hang: "10m" } } as const;
    await using islet = await startWorkloads({ name: "spinner", component });
    // A guest that spins cannot end in order, so that there is an end to wait for.
    const cut = assert.rejects(call(`${islet.url}/spin`), { code: "ECONNRESET" });
    await setTimeout(200);
    islet.process.kill("SIGINT");
    // A terminal's Ctrl-C may arrive twice; this is how long the two count as one, and some more.
    await setTimeout(300);
    islet.process.kill("SIGINT");
    assert.equal(await islet.exited, 130);
    await cut;
  });

  it("runs two workloads on the same port, which nobody else can see", async function () {
    await using islet = await startIslet([projectManifest("two-leets")]);
    for (const host of ["a.localhost", "b.localhost", "A.LOCALHOST:80"]) {
      const { status, text } = await call(`${islet.url}/task`, { host, body: TASK });
      assert.equal(`${status} ${text}`, "200 H3110 W0r1d\n");
    }
    assert.equal((await call(`${islet.url}/task`, { host: "c.localhost" })).status, 404);
    if (!hasProc) {
      console.log("      Only Linux tells which ports are listened on; not checked");
      return;
    }
    const ports = await listeningPorts();
    assert.ok(ports.has(Number(new URL(islet.url).port)));
    assert.ok(!ports.has(7777));
  });
});
