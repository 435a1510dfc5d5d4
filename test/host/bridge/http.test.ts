import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import v8 from "node:v8";
import { describe, it } from "mocha";
import { CallError, LinkError } from "../../../host/bridge/error.ts";
import { MAX_CALLS } from "../../../host/bridge/http-client.ts";
import { STREAM_WINDOW } from "../../../host/bridge/stream-message.ts";
import { StreamSource } from "../../../host/bridge/stream-source.ts";
import {
  BareCell,
  Bridge,
  TestBody,
  nextTurn,
  readAll,
  readText,
  request,
  until,
} from "./support.ts";

const SIGNAL = new AbortController().signal;

describe("HTTP over a link", () => {
  it("carries a request without a body and a complete answer without opening a stream", async () => {
    using bridge = new Bridge(async ({ head, body }, call) => {
      assert.equal(body, undefined);
      assert.equal(call.target, "api");
      const text = `${head.method} ${head.authority} ${head.pathWithQuery}`;
      return {
        head: {
          status: 200,
          headers: [
            ["x", "1"],
            ["x", Buffer.from([0xff])],
          ],
        },
        body: new TestBody().feed(text).end([["t", "2"]]),
      };
    });
    const response = await bridge.main.requestHttp(request(undefined, "/a?b"), "api", SIGNAL);
    assert.equal(bridge.main.streams, 0);
    assert.ok(!(response.body instanceof StreamSource));
    assert.deepEqual(response.head, {
      status: 200,
      headers: [
        ["x", "1"],
        ["x", new Uint8Array([0xff])],
      ],
    });
    assert.equal(await readText(response.body), "GET a.localhost /a?b");
    assert.deepEqual(response.body?.trailers, [["t", "2"]]);
  });

  it("carries requests with and without a body that are made in the same turn", async () => {
    using bridge = new Bridge(async ({ head, body }) => {
      const text = `${head.pathWithQuery} ${await readText(body)}`;
      return { head: { status: 200, headers: [] }, body: new TestBody().feed(text).end() };
    });
    const answers = ["one", undefined, "two", undefined].map(async (text, index) => {
      const body = text === undefined ? undefined : new TestBody().feed(text).end();
      const response = await bridge.main.requestHttp(request(body, `/${index}`), "api", SIGNAL);
      return await readText(response.body);
    });
    assert.deepEqual(await Promise.all(answers), ["/0 one", "/1 ", "/2 two", "/3 "]);
  });

  it("has no body where a body turns out empty", async () => {
    using bridge = new Bridge(async ({ body }) => {
      assert.equal(body, undefined);
      return { head: { status: 204, headers: [] }, body: new TestBody().end() };
    });
    const { body } = await bridge.main.requestHttp(request(new TestBody().end()), "api", SIGNAL);
    assert.equal(body, undefined);
  });

  it("carries a small request body inside the message of its head", async () => {
    using cell = new BareCell();
    const body = new TestBody();
    const answer = cell.main.requestHttp(request(body), "api", SIGNAL);
    body.feed("small").end([["t", "1"]]);
    const message = await cell.message("http-request");
    assert.deepEqual(message["body"], {
      tag: "text",
      text: "small",
      trailers: [["t", "1"]],
    });
    cell.send({ tag: "http-response", id: 1, head: { status: 200, headers: [] } });
    assert.equal((await answer).head.status, 200);
  });

  it("keeps every byte of a small body, whatever its value", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, value) => value);
    using bridge = new Bridge(async ({ body }) => ({ head: { status: 200, headers: [] }, body }));
    const upload = new TestBody().feed(bytes).end();
    const { body } = await bridge.main.requestHttp(request(upload), "api", SIGNAL);
    assert.deepEqual(await readAll(body), Buffer.from(bytes));
  });

  it("streams large bodies both ways at once, with trailers", async () => {
    using bridge = new Bridge(async ({ body }) => {
      assert.ok(body !== undefined);
      return { head: { status: 200, headers: [] }, body };
    });
    const bytes = randomBytes(3 * STREAM_WINDOW + 12_345);
    const body = new TestBody().feed(bytes).end([["sum", "1"]]);
    const response = await bridge.main.requestHttp(request(body), "echo", SIGNAL);
    assert.ok(bytes.equals(await readAll(response.body)));
    assert.deepEqual(response.body?.trailers, [["sum", "1"]]);
    await until(() => bridge.main.streams === 0);
  });

  it("stops reading a request body when the cell does not read it", async () => {
    using bridge = new Bridge(() => new Promise(() => {}));
    const body = new TestBody().feed(new Uint8Array(4 * STREAM_WINDOW));
    const abort = new AbortController();
    const answer = bridge.main.requestHttp(request(body), "api", abort.signal);
    await until(() => body.available === 3 * STREAM_WINDOW);
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
    assert.equal(body.available, 3 * STREAM_WINDOW);
    abort.abort(new Error("done"));
    await assert.rejects(answer, /done/);
  });

  it("cancels the rest of a request body once the answer is complete", async () => {
    using bridge = new Bridge(async () => ({
      head: { status: 413, headers: [] },
      body: undefined,
    }));
    const body = new TestBody().feed("part");
    const response = await bridge.main.requestHttp(request(body), "api", SIGNAL);
    assert.equal(response.head.status, 413);
    await until(() => body.cancelled);
    await until(() => bridge.main.streams === 0);
  });

  it("answers many requests out of order", async () => {
    const waiting: (() => void)[] = [];
    using bridge = new Bridge(async ({ head }) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return {
        head: { status: 200, headers: [] },
        body: new TestBody().feed(head.pathWithQuery).end(),
      };
    });
    const answers = Array.from({ length: 50 }, (_, index) =>
      bridge.main.requestHttp(request(undefined, `/${index}`), "api", SIGNAL),
    );
    await until(() => waiting.length === 50);
    assert.equal(bridge.main.calls, 50);
    for (const resolve of waiting.toReversed()) resolve();
    const texts = await Promise.all(answers.map(async (answer) => readText((await answer).body)));
    assert.deepEqual(
      texts,
      Array.from({ length: 50 }, (_, index) => `/${index}`),
    );
    assert.equal(bridge.main.calls, 0);
  });

  it("refuses more calls than a cell is to have under way, and no others", async () => {
    const waiting: (() => void)[] = [];
    using bridge = new Bridge(async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { head: { status: 200, headers: [] }, body: undefined };
    });
    const calls = Array.from({ length: MAX_CALLS }, () =>
      bridge.main.requestHttp(request(), "api", new AbortController().signal),
    );
    await assert.rejects(bridge.main.requestHttp(request(), "api", SIGNAL), {
      name: "CallError",
      code: "overloaded",
    });
    await until(() => waiting.length === MAX_CALLS);
    for (const resolve of waiting) resolve();
    await Promise.all(calls);
    assert.equal(bridge.main.calls, 0);
  });

  it("tells why a handler failed", async () => {
    using bridge = new Bridge(async ({ head }) => {
      if (head.pathWithQuery === "/late") throw new CallError("timeout", "api", "Took too long");
      throw new WebAssembly.RuntimeError("unreachable");
    });
    await assert.rejects(bridge.main.requestHttp(request(undefined, "/late"), "api", SIGNAL), {
      name: "CallError",
      code: "timeout",
      guest: "api",
      message: "Took too long",
    });
    await assert.rejects(bridge.main.requestHttp(request(), "api", SIGNAL), {
      code: "guest-failed",
      guest: "api",
      message: "unreachable",
    });
  });

  it("breaks the response when its body fails in the cell", async () => {
    const body = new TestBody().feed("first");
    using bridge = new Bridge(async () => ({ head: { status: 200, headers: [] }, body }));
    const response = await bridge.main.requestHttp(request(), "api", SIGNAL);
    body.fail(new Error("trapped half-way"));
    await assert.rejects(readAll(response.body), {
      name: "RemoteError",
      message: "trapped half-way",
    });
  });

  it("breaks the request body in the cell when it fails here", async () => {
    using bridge = new Bridge(async ({ body }) => {
      await readAll(body);
      throw new Error("not reached");
    });
    const body = new TestBody().feed("first");
    const answer = bridge.main.requestHttp(request(body), "api", SIGNAL);
    await nextTurn();
    body.fail(new Error("bad chunk"));
    await assert.rejects(answer, { code: "guest-failed", message: "bad chunk" });
  });

  it("fails all that is under way when the cell dies", async () => {
    using cell = new BareCell();
    const first = cell.main.requestHttp(request(new TestBody().feed("x")), "api", SIGNAL);
    const second = cell.main.requestHttp(request(), "api", SIGNAL);
    await cell.message("http-request");
    cell.send({
      tag: "http-response",
      // A request with a body is sent after those without one that were made in the same turn.
      id: 2,
      head: { status: 200, headers: [] },
      body: { tag: "stream", first: new Uint8Array(3) },
    });
    const response = await first;
    cell.port.close();
    await assert.rejects(second, { name: "LinkError", code: "closed" });
    await assert.rejects(readAll(response.body), { name: "LinkError", code: "closed" });
    await assert.rejects(cell.main.requestHttp(request(), "api", SIGNAL), LinkError);
    assert.equal(cell.main.calls, 0);
    assert.equal(cell.main.streams, 0);
  });

  it("sends a binary header value without the buffer around it", async () => {
    const pool = Buffer.alloc(100_000);
    using cell = new BareCell();
    const { head } = request();
    const headers = [["x", pool.subarray(5, 8)] as const];
    void cell.main
      .requestHttp({ head: { ...head, headers }, body: undefined }, "api", SIGNAL)
      .catch(() => {});
    const message = await cell.message("http-request");
    assert.deepEqual(message["head"], { ...head, headers: [["x", new Uint8Array(3)]] });
    // Structured clone takes the whole buffer of a view along.
    assert.equal(v8.serialize(message).length < 1000, true);
  });
});
