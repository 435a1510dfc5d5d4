import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { HttpHandler } from "../../../../host/wasi/http/handle.ts";
import type { HttpRequest, HttpResponse } from "../../../../host/wasi/http/message.ts";
import { resourceCount } from "../../../../host/wasi/resource.ts";
import type { GuestName } from "../../../fixture/guest/guest.ts";
import { createGuest } from "../support.ts";
import { functionOf, GuestLab } from "../../../support/guest-lab.ts";
import { MemoryBody, textOf } from "../../../support/memory-body.ts";

function request(pathWithQuery: string, body?: MemoryBody): HttpRequest {
  return {
    head: {
      method: body === undefined ? "GET" : "POST",
      scheme: "http",
      authority: "test.localhost",
      pathWithQuery,
      headers: [
        ["Host", "test.localhost"],
        ["X-A", "1"],
        ["x-a", "2"],
      ],
    },
    body,
  };
}

describe("HttpHandler with compiled guests", function () {
  this.timeout(20_000);
  let lab: GuestLab;

  before(() => {
    lab = new GuestLab();
  });

  after(async () => {
    await lab[Symbol.asyncDispose]();
  });

  interface Subject extends Disposable {
    readonly handler: HttpHandler;
  }

  async function start(name: GuestName): Promise<Subject> {
    const guest = await lab.start(name, "component");
    const handle = functionOf(guest, "wasi:http/incoming-handler", "handle");
    return {
      handler: new HttpHandler(guest.guest, handle),
      [Symbol.dispose]: () => guest.guest[Symbol.dispose](),
    };
  }

  it("resolves with the response of the guest and then with its end", async () => {
    using subject = await start("http-hello");
    const call = subject.handler.handle(request("/"));
    const response = await call.response;
    assert.equal(response.head.status, 200);
    assert.deepEqual(response.head.headers, [
      ["content-type", "text/plain"],
      ["content-length", "6"],
    ]);
    await call.finished;
    assert.equal(response.body?.available, 6);
    assert.equal(await textOf(response.body), "hello\n");
  });

  it("serves one request after the other and keeps nothing of them", async () => {
    using subject = await start("http-hello");
    const run = async (): Promise<void> => {
      const call = subject.handler.handle(request("/"));
      assert.equal(await textOf((await call.response).body), "hello\n");
      await call.finished;
    };
    await run();
    const live = resourceCount();
    for (let count = 0; count < 50; count += 1) await run();
    assert.equal(resourceCount(), live);
  });

  it("shows the guest the headers but those of the connection", async () => {
    using subject = await start("http-misbehave");
    const response = await subject.handler.handle(request("/headers")).response;
    assert.equal(await textOf(response.body), "X-A: 1\nx-a: 2\n");
  });

  it("streams a body in and out at once, trailers included", async () => {
    using subject = await start("http-count");
    const upload = new MemoryBody();
    const call = subject.handler.handle(request("/echo", upload));
    upload.push("one ");
    const { body } = await call.response;
    assert.ok(body !== undefined);
    upload.push("two");
    upload.end([["x-sum", "7"]]);
    assert.equal(await textOf(body), "one two");
    assert.deepEqual(body.trailers, [["x-sum", "7"]]);
    await call.finished;
  });

  it("holds a guest back that writes faster than it is read", async () => {
    using subject = await start("http-count");
    const size = 1_000_000;
    const call = subject.handler.handle(request(`/large?bytes=${size}`));
    const { body } = await call.response;
    assert.ok(body !== undefined);
    let [bytes, highest] = [0, 0];
    while (!body.ended) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      highest = Math.max(highest, body.available);
      bytes += body.readInto(new Uint8Array(16_384));
    }
    assert.equal(bytes, size);
    assert.ok(highest < size / 2);
    await call.finished;
  });

  it("tells the guest that the client went away in the middle of its body", async () => {
    using subject = await start("http-count");
    const upload = new MemoryBody();
    const call = subject.handler.handle(request("/", upload));
    upload.push("half");
    upload.fail(new Error("socket hang up"));
    assert.equal((await call.response).head.status, 400);
    await call.finished;
  });

  it("fails what the guest reads and writes once the call is cancelled", async () => {
    using subject = await start("http-count");
    const upload = new MemoryBody();
    const waiting = subject.handler.handle(request("/echo", upload));
    const { body } = await waiting.response;
    waiting.cancel();
    waiting.cancel();
    await waiting.finished;
    assert.equal(upload.cancelled, true);
    assert.equal(body?.ended, true);

    const counting = subject.handler.handle(request("/", new MemoryBody()));
    counting.cancel();
    await assert.rejects(counting.response, { name: "HttpGuestError", code: "cancelled" });
    await counting.finished;

    const large = subject.handler.handle(request("/large?bytes=10000000"));
    await large.response;
    large.cancel();
    await large.finished;
  });

  for (const [path, code] of [
    ["/no-response", "no-response"],
    ["/error", "guest-error"],
  ] as const) {
    it(`${path} rejects with ${code}, and the instance goes on`, async () => {
      using subject = await start("http-misbehave");
      for (let count = 0; count < 2; count += 1) {
        const call = subject.handler.handle(request(path));
        await assert.rejects(call.response, { name: "HttpGuestError", code });
        await call.finished;
      }
      const call = subject.handler.handle(request("/headers"));
      assert.equal((await call.response).head.status, 200);
    });
  }

  it("hands over the error-code that the guest answered with", async () => {
    using subject = await start("http-misbehave");
    await assert.rejects(subject.handler.handle(request("/error")).response, (error: Error) => {
      const { cause } = error;
      assert.ok(cause instanceof Error && "code" in cause);
      assert.deepEqual(cause.code, { tag: "connection-refused" });
      return true;
    });
  });

  it("rejects both promises where the guest traps before it answered", async () => {
    using subject = await start("http-misbehave");
    const call = subject.handler.handle(request("/trap"));
    await assert.rejects(call.response, { name: "HttpGuestError", code: "guest-trapped" });
    await assert.rejects(call.finished);
  });

  for (const path of ["/half", "/short"]) {
    it(`${path} gives a response whose body breaks`, async () => {
      using subject = await start("http-misbehave");
      const call = subject.handler.handle(request(path));
      const response: HttpResponse = await call.response;
      await assert.rejects(textOf(response.body));
      await call.finished.catch(() => undefined);
    });
  }

  it("keeps the first response of a guest that answers twice, which traps it", async () => {
    using subject = await start("http-misbehave");
    const call = subject.handler.handle(request("/twice"));
    const response = await call.response;
    await assert.rejects(call.finished);
    assert.equal(await textOf(response.body), "first");
  });

  it("ends a call whose instance is disposed while it waits", async () => {
    const subject = await start("http-count");
    const call = subject.handler.handle(request("/", new MemoryBody()));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    subject[Symbol.dispose]();
    await assert.rejects(call.response, { name: "HttpGuestError", code: "cancelled" });
    await assert.rejects(call.finished, { name: "GuestDisposedError" });
  });
});

describe("HttpHandler", () => {
  it("tells why a guest trapped, and no more than somebody would read", async () => {
    using guest = createGuest();
    const handler = new HttpHandler(guest, () => {
      throw new TypeError("x".repeat(100_000));
    });
    const call = handler.handle(request("/"));
    await assert.rejects(call.response, {
      code: "guest-trapped",
      message: `The guest trapped: ${"x".repeat(1000)}`,
    });
    await assert.rejects(call.finished, TypeError);
  });
});
