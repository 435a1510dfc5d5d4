import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { GuestError } from "../../../../host/wasi/guest-error.ts";
import type { Guest } from "../../../../host/wasi/guest.ts";
import { BODY_BUFFER } from "../../../../host/wasi/http/body-pipe.ts";
import { HttpError } from "../../../../host/wasi/http/error-code.ts";
import { Fields } from "../../../../host/wasi/http/fields.ts";
import type { Body } from "../../../../host/wasi/http/message.ts";
import { finishOutgoingBody } from "../../../../host/wasi/http/outgoing-body.ts";
import { OutgoingResponse } from "../../../../host/wasi/http/outgoing-response.ts";
import { createGuest } from "../support.ts";
import { textOf } from "../../../support/memory-body.ts";

function createResponse(guest: Guest, headers: Record<string, string> = {}): OutgoingResponse {
  const entries = Object.entries(headers).map(
    ([name, value]) => [name, Buffer.from(value)] as const,
  );
  return new OutgoingResponse(guest, Fields.fromList(guest, entries));
}

function bodyOf(response: OutgoingResponse): Body {
  const { body } = response.send();
  assert.ok(body !== undefined);
  return body;
}

function codeOf(error: unknown): unknown {
  if (error instanceof HttpError) return error.code;
  return error instanceof GuestError ? error.payload : undefined;
}

describe("OutgoingResponse", () => {
  it("has status 200 and takes a valid one", () => {
    using guest = createGuest();
    const response = createResponse(guest);
    assert.equal(response.statusCode(), 200);
    response.setStatusCode(599);
    for (const status of [0, 99, 600, 65_535]) {
      assert.throws(() => response.setStatusCode(status), GuestError);
    }
    assert.equal(response.statusCode(), 599);
  });

  it("owns its headers, shows them immutable, and sends them", () => {
    using guest = createGuest();
    const headers = Fields.fromList(guest, [["X-A", Buffer.from("1")]]);
    const response = new OutgoingResponse(guest, headers);
    assert.equal(headers.disposed, true);
    assert.throws(() => response.headers().delete("X-A"), GuestError);
    assert.deepEqual(response.send(), {
      head: { status: 200, headers: [["X-A", "1"]] },
      body: undefined,
    });
    assert.equal(response.disposed, true);
  });

  it("gives its body once, and that its stream once", () => {
    using guest = createGuest();
    const response = createResponse(guest);
    const body = response.body();
    assert.throws(() => response.body(), GuestError);
    body.write();
    assert.throws(() => body.write(), GuestError);
  });

  it("lets the writer know when it is dropped", () => {
    using guest = createGuest();
    const response = createResponse(guest);
    const stream = response.body().write();
    response[Symbol.dispose]();
    assert.throws(() => stream.checkWrite(), GuestError);
  });
});

describe("OutgoingBody", () => {
  it("is read while it is written, then ends with its trailers", async () => {
    using guest = createGuest();
    const response = createResponse(guest);
    const outgoing = response.body();
    const stream = outgoing.write();
    const body = bodyOf(response);
    const text = textOf(body);
    await stream.blockingWriteAndFlush(Buffer.from("one "));
    await stream.blockingWriteAndFlush(Buffer.from("two"));
    stream[Symbol.dispose]();
    finishOutgoingBody(outgoing, Fields.fromList(guest, [["x-sum", Buffer.from("7")]]));
    assert.equal(await text, "one two");
    assert.deepEqual(body.trailers, [["x-sum", "7"]]);
    assert.equal(outgoing.disposed, true);
  });

  it("makes the writer wait once its buffer is full", async () => {
    using guest = createGuest();
    const response = createResponse(guest);
    const stream = response.body().write();
    const body = bodyOf(response);
    assert.equal(stream.checkWrite(), BigInt(BODY_BUFFER));
    stream.write(new Uint8Array(BODY_BUFFER));
    assert.equal(stream.checkWrite(), 0n);
    const writing = stream.blockingWriteAndFlush(Buffer.from("x"));
    assert.ok(writing instanceof Promise);
    body.readInto(new Uint8Array(BODY_BUFFER));
    await writing;
    assert.equal(body.available, 1);
  });

  it("ends as announced by content-length", async () => {
    using guest = createGuest();
    const response = createResponse(guest, { "Content-Length": "2" });
    const outgoing = response.body();
    const stream = outgoing.write();
    await stream.blockingWriteAndFlush(Buffer.from("ab"));
    stream[Symbol.dispose]();
    finishOutgoingBody(outgoing, undefined);
    assert.equal(await textOf(bodyOf(response)), "ab");
  });

  it("fails and breaks the response when it is shorter than content-length", async () => {
    using guest = createGuest();
    const response = createResponse(guest, { "content-length": "3" });
    const outgoing = response.body();
    const stream = outgoing.write();
    await stream.blockingWriteAndFlush(Buffer.from("ab"));
    stream[Symbol.dispose]();
    const code = { tag: "HTTP-response-body-size", val: 2n };
    assert.throws(
      () => finishOutgoingBody(outgoing, undefined),
      (error) => {
        assert.deepEqual(codeOf(error), code);
        return true;
      },
    );
    await assert.rejects(textOf(bodyOf(response)), (error) => {
      assert.deepEqual(codeOf(error), code);
      return true;
    });
  });

  it("fails the write that exceeds content-length, and passes nothing of it on", () => {
    using guest = createGuest();
    const response = createResponse(guest, { "content-length": "3" });
    const outgoing = response.body();
    const stream = outgoing.write();
    const body = bodyOf(response);
    stream.checkWrite();
    assert.throws(() => stream.write(Buffer.from("abcd")), GuestError);
    assert.equal(body.available, 0);
    assert.deepEqual(codeOf(body.failure), { tag: "HTTP-response-body-size", val: 4n });
    stream[Symbol.dispose]();
    assert.throws(() => finishOutgoingBody(outgoing, undefined), GuestError);
  });

  it("is broken when it is dropped unfinished", async () => {
    using guest = createGuest();
    const response = createResponse(guest);
    const outgoing = response.body();
    const stream = outgoing.write();
    await stream.blockingWriteAndFlush(Buffer.from("half"));
    stream[Symbol.dispose]();
    outgoing[Symbol.dispose]();
    const body = bodyOf(response);
    assert.equal(body.available, 4);
    await assert.rejects(textOf(body), { name: "HttpError" });
  });

  it("traps when it is finished while its stream lives", () => {
    using guest = createGuest();
    const outgoing = createResponse(guest).body();
    outgoing.write();
    assert.throws(() => finishOutgoingBody(outgoing, undefined), RangeError);
  });

  it("is no error to finish for a reader that has gone", () => {
    using guest = createGuest();
    const response = createResponse(guest, { "content-length": "3" });
    const outgoing = response.body();
    const stream = outgoing.write();
    bodyOf(response).cancel();
    assert.throws(() => stream.checkWrite(), GuestError);
    stream[Symbol.dispose]();
    finishOutgoingBody(outgoing, undefined);
  });
});
