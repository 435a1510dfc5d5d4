import assert from "node:assert/strict";
import { MessageChannel } from "node:worker_threads";
import { describe, it } from "mocha";
import type { LinkError } from "../../../host/bridge/error.ts";
import { Link } from "../../../host/bridge/link.ts";
import { nextTurn, until } from "./support.ts";

describe("Link", () => {
  it("sends all messages of one turn in one batch, in order", async () => {
    const { port1, port2 } = new MessageChannel();
    const batches: unknown[] = [];
    port2.on("message", (batch) => batches.push(batch));
    using link = createLink(port1);
    link.send("a");
    queueMicrotask(() => link.send("b"));
    void Promise.resolve().then(() => Promise.resolve().then(() => link.send("c")));
    await until(() => batches.length > 0);
    await nextTurn();
    assert.deepEqual(batches, [["a", "b", "c"]]);
  });

  it("delivers plain messages in order with the others, the first ones before the turn is over", async () => {
    const { port1, port2 } = new MessageChannel();
    const received: unknown[] = [];
    using sender = new Link<unknown, never>(port1, { receive: assert.fail, ended: assert.fail });
    using receiver = new Link<never, unknown>(port2, {
      receive: (message) => received.push(message),
      ended: assert.fail,
    });
    for (let id = 1; id <= 9; id += 1) {
      if (id === 3) sender.send({ id, bytes: new Uint8Array([3]) });
      else sender.sendPlain({ id, text: "\u00e4\u2028" });
    }
    await until(() => received.length === 9);
    const expected = Array.from({ length: 9 }, (_, index) =>
      index === 2 ? { id: 3, bytes: new Uint8Array([3]) } : { id: index + 1, text: "\u00e4\u2028" },
    );
    assert.deepEqual(received, expected);
    assert.equal(receiver.failure, undefined);
  });

  it("ends on plain messages that are no JSON", async () => {
    const { port1, port2 } = new MessageChannel();
    const ended = Promise.withResolvers<LinkError>();
    using link = new Link<never, unknown>(port2, { receive: assert.fail, ended: ended.resolve });
    port1.postMessage([{ plain: "[{" }]);
    assert.equal((await ended.promise).code, "protocol-violation");
    assert.equal(link.failure?.code, "protocol-violation");
    port1.close();
  });

  it("takes along what is sent right before the batch leaves", async () => {
    const { port1, port2 } = new MessageChannel();
    const batches: unknown[] = [];
    port2.on("message", (batch) => batches.push(batch));
    using link = createLink(port1);
    link.beforeFlush(() => {
      link.send("late");
      link.beforeFlush(() => link.send("later"));
    });
    link.send("early");
    await until(() => batches.length > 0);
    assert.deepEqual(batches, [["early", "late", "later"]]);
  });

  it("delivers what was sent before it was closed", async () => {
    const { port1, port2 } = new MessageChannel();
    const received: unknown[] = [];
    const ended = Promise.withResolvers<LinkError>();
    using _reader = createLink(port2, (message) => received.push(message), ended.resolve);
    const writer = createLink(port1);
    writer.send("last words");
    writer.close();
    writer.close();
    assert.equal((await ended.promise).code, "closed");
    assert.deepEqual(received, ["last words"]);
  });

  it("drops what is sent after it was closed", () => {
    const { port1 } = new MessageChannel();
    const link = createLink(port1);
    link.close();
    link.send("lost");
    link.beforeFlush(() => assert.fail("there is no batch any more"));
    assert.equal(link.failure?.code, "closed");
  });

  it("ends on something that is no batch", async () => {
    const { port1, port2 } = new MessageChannel();
    const ended = Promise.withResolvers<LinkError>();
    createLink(port2, () => assert.fail("nothing to receive"), ended.resolve);
    port1.postMessage("hello");
    assert.equal((await ended.promise).code, "protocol-violation");
  });

  it("ends once when its receiver throws and ignores the rest of the batch", async () => {
    const { port1, port2 } = new MessageChannel();
    const received: unknown[] = [];
    const failures: LinkError[] = [];
    createLink(
      port2,
      (message) => {
        received.push(message);
        throw new TypeError("bad message");
      },
      (failure) => failures.push(failure),
    );
    port1.postMessage(["one", "two"]);
    port1.postMessage(["three"]);
    await until(() => failures.length > 0);
    await nextTurn();
    assert.deepEqual(received, ["one"]);
    assert.deepEqual(
      failures.map(({ code, message }) => ({ code, message })),
      [{ code: "protocol-violation", message: "bad message" }],
    );
  });

  it("ends on a message that cannot be cloned, without throwing at its sender", async () => {
    const { port1 } = new MessageChannel();
    const ended = Promise.withResolvers<LinkError>();
    const link = createLink(port1, () => {}, ended.resolve);
    link.send(() => {});
    assert.equal((await ended.promise).code, "send-failed");
  });

  it("ends on a message that cannot be made, without throwing at the loop", async () => {
    const { port1 } = new MessageChannel();
    const ended = Promise.withResolvers<LinkError>();
    const link = createLink(port1, () => {}, ended.resolve);
    link.beforeFlush(() => {
      throw new TypeError("nothing to send");
    });
    const { code, message } = await ended.promise;
    assert.deepEqual({ code, message }, { code: "send-failed", message: "nothing to send" });
  });

  it("transfers the buffers that it is told to", async () => {
    const { port1, port2 } = new MessageChannel();
    const received: unknown[] = [];
    using _reader = createLink(port2, (message) => received.push(message));
    using writer = createLink(port1);
    const bytes = new Uint8Array([1, 2, 3]);
    writer.send(bytes, bytes.buffer);
    await until(() => received.length > 0);
    assert.deepEqual(received, [new Uint8Array([1, 2, 3])]);
    assert.equal(bytes.length, 0);
  });
});

function createLink(
  port: InstanceType<typeof MessageChannel>["port1"],
  receive: (message: unknown) => void = () => {},
  ended: (failure: LinkError) => void = () => {},
): Link<unknown, unknown> {
  return new Link(port, { receive, ended });
}
