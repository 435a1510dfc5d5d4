import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { GuestError } from "../../../../host/wasi/guest-error.ts";
import { httpErrorCode } from "../../../../host/wasi/http/error-code.ts";
import { finishIncomingBody } from "../../../../host/wasi/http/incoming-body.ts";
import { IncomingRequest } from "../../../../host/wasi/http/incoming-request.ts";
import type { HttpRequest, RequestHead } from "../../../../host/wasi/http/message.ts";
import { IoError } from "../../../../host/wasi/io/error.ts";
import { createGuest } from "../support.ts";
import { MemoryBody } from "../../../support/memory-body.ts";

function request(body?: MemoryBody, head: Partial<RequestHead> = {}): HttpRequest {
  return {
    head: {
      method: "POST",
      scheme: "https",
      authority: "shop.localhost:8000",
      pathWithQuery: "/a?b=c",
      headers: [
        ["Host", "shop.localhost:8000"],
        ["X-A", "1"],
      ],
      ...head,
    },
    body,
  };
}

describe("IncomingRequest", () => {
  it("shows the head", () => {
    using guest = createGuest();
    const incoming = new IncomingRequest(guest, request());
    assert.deepEqual(incoming.method(), { tag: "post" });
    assert.deepEqual(incoming.scheme(), { tag: "HTTPS" });
    assert.equal(incoming.authority(), "shop.localhost:8000");
    assert.equal(incoming.pathWithQuery(), "/a?b=c");
    assert.deepEqual(
      incoming
        .headers()
        .entries()
        .map(([name]) => name),
      ["X-A"],
    );
    assert.throws(() => incoming.headers().delete("X-A"), GuestError);
  });

  it("shows a method that WIT does not name, methods being case-sensitive", () => {
    using guest = createGuest();
    const methodOf = (method: string): unknown =>
      new IncomingRequest(guest, request(undefined, { method })).method();
    assert.deepEqual(methodOf("PROPFIND"), { tag: "other", val: "PROPFIND" });
    assert.deepEqual(methodOf("get"), { tag: "other", val: "get" });
    assert.deepEqual(methodOf("PATCH"), { tag: "patch" });
  });

  it("gives its body once, an empty one where it has none", () => {
    using guest = createGuest();
    const incoming = new IncomingRequest(guest, request());
    const body = incoming.consume();
    assert.throws(() => incoming.consume(), GuestError);
    const stream = body.stream();
    assert.throws(() => body.stream(), GuestError);
    assert.throws(() => stream.read(1n), GuestError);
    stream[Symbol.dispose]();
    assert.deepEqual(finishIncomingBody(body).get(), {
      tag: "ok",
      val: { tag: "ok", val: undefined },
    });
  });

  it("cancels a body that nobody consumed when it is dropped, and leaves a consumed one alone", () => {
    using guest = createGuest();
    const [unread, read] = [new MemoryBody(), new MemoryBody()];
    new IncomingRequest(guest, request(unread))[Symbol.dispose]();
    const incoming = new IncomingRequest(guest, request(read));
    const body = incoming.consume();
    incoming[Symbol.dispose]();
    assert.deepEqual([unread.cancelled, read.cancelled], [true, false]);
    body[Symbol.dispose]();
    assert.equal(read.cancelled, true);
  });
});

describe("IncomingBody", () => {
  it("streams what arrives, then gives the trailers once", async () => {
    using guest = createGuest();
    const upload = new MemoryBody();
    const body = new IncomingRequest(guest, request(upload)).consume();
    const stream = body.stream();
    const reading = stream.blockingRead(10n);
    upload.push("hello");
    assert.equal(Buffer.from(await reading).toString(), "hello");
    stream[Symbol.dispose]();
    const trailers = finishIncomingBody(body);
    const pollable = trailers.subscribe();
    assert.equal(trailers.get(), undefined);
    const blocking = pollable.block();
    upload.push("skipped");
    upload.end([
      ["X-Sum", "7"],
      ["Connection", "close"],
    ]);
    await blocking;
    const result = trailers.get();
    assert.ok(result?.tag === "ok" && result.val.tag === "ok");
    const fields = result.val.val;
    assert.deepEqual(
      fields?.entries().map(([name]) => name),
      ["X-Sum"],
    );
    assert.throws(() => fields?.delete("X-Sum"), GuestError);
    assert.deepEqual(trailers.get(), { tag: "err", val: undefined });
    assert.equal(upload.cancelled, false);
  });

  it("tells a body that broke from one that ended", async () => {
    using guest = createGuest();
    const upload = new MemoryBody();
    const body = new IncomingRequest(guest, request(upload)).consume();
    const stream = body.stream();
    upload.fail(new Error("socket hang up"));
    let thrown: unknown;
    await Promise.resolve()
      .then(() => stream.blockingRead(1n))
      .catch((error: unknown) => {
        thrown = error;
      });
    assert.ok(thrown instanceof GuestError);
    const payload: unknown = thrown.payload;
    assert.ok(typeof payload === "object" && payload !== null && "val" in payload);
    assert.ok(payload.val instanceof IoError);
    assert.deepEqual(httpErrorCode(payload.val), { tag: "connection-terminated" });
    stream[Symbol.dispose]();
    assert.deepEqual(finishIncomingBody(body).get(), {
      tag: "ok",
      val: { tag: "err", val: { tag: "connection-terminated" } },
    });
  });

  it("traps when it is finished while its stream lives", () => {
    using guest = createGuest();
    const body = new IncomingRequest(guest, request(new MemoryBody())).consume();
    body.stream();
    assert.throws(() => finishIncomingBody(body), RangeError);
  });

  it("stops waiting for trailers when they are dropped", () => {
    using guest = createGuest();
    const upload = new MemoryBody();
    const trailers = finishIncomingBody(new IncomingRequest(guest, request(upload)).consume());
    trailers[Symbol.dispose]();
    assert.equal(upload.cancelled, true);
    assert.equal(upload.whenReadable.isEmpty, true);
  });
});

describe("http-error-code", () => {
  it("has none for a failure that is not of HTTP", () => {
    using guest = createGuest();
    assert.equal(httpErrorCode(new IoError(guest, new Error("disk"))), undefined);
  });
});
