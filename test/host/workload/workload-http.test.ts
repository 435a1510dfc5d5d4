import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { DEFAULT_LIMITS } from "../../../host/manifest/read-limits.ts";
import type { Compiler } from "../../../host/engine/compiler.ts";
import { nextTurn, readAll, readText, TestBody } from "../bridge/support.ts";
import { createTestCompiler, RealWorkload, workloadOf } from "./real-workload.ts";

describe("HTTP to a workload in a real cell", () => {
  let compiler: Compiler;

  before(() => {
    compiler = createTestCompiler();
  });

  after(async () => {
    await compiler[Symbol.asyncDispose]();
  });

  describe("with a component that misbehaves", () => {
    const failures: [string, string, RegExp][] = [
      ["/trap", "guest-failed", /^The guest trapped: .*unreachable/],
      ["/no-response", "guest-failed", /^The guest returned without a response$/],
      ["/exit", "guest-failed", /exited with status/],
    ];
    for (const [path, code, reason] of failures) {
      it(`tells why ${path} has no answer and serves the next request`, async () => {
        await using test = await start(undefined, "http-misbehave");
        await test.untilState("running");
        await assert.rejects(
          test.get(path),
          (error: Error & { code?: string; guest?: string; reason?: string }) => {
            assert.equal(error.code, code);
            assert.equal(error.guest, "api");
            assert.match(error.reason ?? "", reason);
            return true;
          },
        );
        assert.match(await test.get("/headers"), /^200 /);
        assert.equal(test.cells.length, 1);
      });
    }

    it("tells of an error-code that the guest answers with", async () => {
      await using test = await start(undefined, "http-misbehave");
      await test.untilState("running");
      await assert.rejects(test.get("/error"), { code: "guest-failed" });
    });

    it("breaks a body whose guest traps half-way", async () => {
      await using test = await start(undefined, "http-misbehave");
      await test.untilState("running");
      await assert.rejects(async () => {
        const { body } = await test.request("/half");
        await readAll(body);
      });
      assert.match(await test.get("/headers"), /^200 /);
    });

    it("refuses memory beyond the limit, without harm to anybody", async () => {
      await using test = await start(undefined, "http-misbehave");
      await test.untilState("running");
      const [status, pages] = (await test.get("/grow")).split(" ");
      assert.equal(status, "200");
      assert.ok(Number(pages) > 0 && Number(pages) < 256, `grew by ${pages} pages`);
      assert.equal(test.cells.length, 1);
    });

    it("gives up on a guest that takes longer than its timeout", async () => {
      await using test = await RealWorkload.start(
        workloadOf({ component: "http-misbehave", componentChanges: { timeout: 100 } }),
        compiler,
      );
      await test.untilState("running");
      await assert.rejects(test.get("/sleep?ms=60000"), {
        code: "timeout",
        guest: "api",
        reason: "The guest took longer than 100 ms",
      });
      assert.match(await test.get("/headers"), /^200 /);
    });

    it("counts the wait for an instance against the timeout", async () => {
      await using test = await RealWorkload.start(
        workloadOf({
          component: "http-misbehave",
          componentChanges: { timeout: 300, poolSize: 1 },
        }),
        compiler,
      );
      await test.untilState("running");
      const calls = Array.from({ length: 200 }, () => test.get("/sleep?ms=60000"));
      const ends = await Promise.allSettled(calls);
      for (const end of ends) {
        assert.equal(end.status, "rejected");
        assert.equal(end.status === "rejected" && end.reason.code, "timeout");
      }
      assert.match(await test.get("/headers"), /^200 /);
    });

    it("cancels the guest of a client that went away", async () => {
      await using test = await RealWorkload.start(
        workloadOf({
          component: "http-misbehave",
          componentChanges: { poolSize: 1, timeout: 60_000 },
        }),
        compiler,
      );
      await test.untilState("running");
      for (let count = 0; count < 100; count += 1) {
        const gone = new AbortController();
        const call = test.request("/sleep?ms=50000", undefined, gone.signal);
        await nextTurn();
        gone.abort(new Error("client gone"));
        await assert.rejects(call, /client gone/);
      }
      // Its one instance, and the few beyond, are free again.
      assert.match(await test.get("/headers"), /^200 /);
    });

    it("ends a cell whose code spins and cannot be interrupted, tells its requests why, and starts another", async () => {
      await using stubborn = createTestCompiler({ interrupts: false });
      await using test = await RealWorkload.start(
        workloadOf({
          component: "http-misbehave",
          componentChanges: { limits: { ...DEFAULT_LIMITS, memory: 2 ** 24, hang: 500 } },
        }),
        stubborn,
      );
      await using neighbour = await start(undefined, "http-hello");
      await Promise.all([test.untilState("running"), neighbour.untilState("running")]);
      const sleeping = assert.rejects(test.get("/sleep?ms=60000"), { code: "cell-died" });
      const spinning = assert.rejects(test.get("/spin"), {
        code: "cell-died",
        guest: "api",
        reason: "The workload ended during the request: unresponsive for 500 ms",
      });
      let spins = true;
      const spun = Promise.all([sleeping, spinning]).finally(() => (spins = false));
      let answered = 0;
      while (spins) {
        assert.equal(await neighbour.get("/"), "200 hello\n");
        answered += 1;
      }
      await spun;
      assert.ok(answered > 2, `the neighbour answered ${answered} requests`);
      await test.untilState("running");
      assert.equal(test.cells.length, 2);
      assert.match(await test.get("/headers"), /^200 /);
    });
  });

  describe("with bodies", () => {
    it("cancels the guest of a client that leaves in the middle of the answer", async () => {
      await using test = await RealWorkload.start(
        workloadOf({ component: "http-count", componentChanges: { poolSize: 1 } }),
        compiler,
      );
      await test.untilState("running");
      // More often than instances can be alive at once.
      for (let count = 0; count < 70; count += 1) {
        const gone = new AbortController();
        const { body } = await test.request(`/large?bytes=${2 ** 30}`, undefined, gone.signal);
        gone.abort();
        assert.ok(body?.ended);
      }
      assert.equal(await test.get("/", new TestBody().feed("12345").end()), "200 5");
    });

    it("counts a large request that is streamed through", async () => {
      await using test = await start(undefined, "http-count");
      await test.untilState("running");
      const body = new TestBody();
      const chunk = new Uint8Array(2 ** 20);
      const answer = test.get("/", body);
      for (let count = 0; count < 32; count += 1) {
        body.feed(chunk);
        while (body.available > 0) await nextTurn();
      }
      body.end();
      assert.match(await answer, /^200 33554432/);
    });

    it("echoes a body as it comes, trailers included", async () => {
      await using test = await start(undefined, "http-count");
      await test.untilState("running");
      const body = new TestBody().feed("first ");
      const { body: echo } = await test.request("/echo", body);
      body.feed("second").end([["sum", "2"]]);
      assert.equal(await readText(echo), "first second");
      assert.deepEqual(
        echo?.trailers?.map(([name, value]) => [name, String(value)]),
        [["sum", "2"]],
      );
    });

    it("does not hold more of a large answer than the reader takes", async () => {
      await using test = await start(undefined, "http-count");
      await test.untilState("running");
      const { body } = await test.request(`/large?bytes=${2 ** 26}`);
      assert.ok(body !== undefined);
      for (let turn = 0; turn < 100; turn += 1) await nextTurn();
      assert.ok(body.available <= 256 * 1024);
      const bytes = await readAll(body);
      assert.equal(bytes.length, 2 ** 26);
    });
  });

  async function start(
    service: "service-misbehave" | undefined,
    component: "http-dial" | "http-misbehave" | "http-hello" | "http-count",
  ): Promise<RealWorkload> {
    return await RealWorkload.start(workloadOf({ service, component }), compiler);
  }
});
