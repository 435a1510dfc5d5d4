import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { HttpCall } from "../../../host/bridge/http-server.ts";
import { STREAM_WINDOW } from "../../../host/bridge/stream-message.ts";
import { MESSAGE_MAX } from "../../../policy/cut-text.ts";
import { BareCell, Bridge, nextTurn, request, TestBody, until } from "./support.ts";

const SIGNAL = new AbortController().signal;

describe("HTTP over a link", () => {
  it("tells no more of a failure than anybody reads", async () => {
    using bridge = new Bridge(() => Promise.reject(new Error("x".repeat(1_000_000))));
    await assert.rejects(bridge.main.requestHttp(request(), "api", SIGNAL), (error) => {
      assert.ok(error instanceof Error);
      assert.ok(error.message.length <= MESSAGE_MAX + 100, `${error.message.length} characters`);
      return true;
    });
  });

  describe("when the client goes away", () => {
    it("sends nothing for a signal that aborted before", async () => {
      using bridge = new Bridge(() => assert.fail("called"));
      await assert.rejects(bridge.main.requestHttp(request(), "a", AbortSignal.abort("no")), /no/);
      await assert.rejects(
        bridge.main.requestHttp(request(), "a", AbortSignal.abort(new Error("never"))),
      );
      const abort = new AbortController();
      const answer = bridge.main.requestHttp(request(new TestBody()), "a", abort.signal);
      abort.abort(new Error("in the same turn"));
      await assert.rejects(answer, /in the same turn/);
      await nextTurn();
      assert.equal(bridge.main.calls, 0);
    });

    it("cancels the call and forgets it after the cell's final message", async () => {
      const started = Promise.withResolvers<HttpCall>();
      using bridge = new Bridge((_, call) => {
        started.resolve(call);
        return new Promise((_resolve, reject) => {
          call.whenCancelled.add(() => reject(new Error("gone")));
        });
      });
      const abort = new AbortController();
      const answer = bridge.main.requestHttp(request(), "api", abort.signal);
      const call = await started.promise;
      assert.equal(call.cancelled, false);
      abort.abort(new Error("client gone"));
      await assert.rejects(answer, /client gone/);
      await until(() => call.cancelled);
      await until(() => bridge.main.calls === 0);
    });

    it("drops an answer that crossed the cancel, its stream too", async () => {
      const body = new TestBody().feed("first");
      const respond = Promise.withResolvers<void>();
      using bridge = new Bridge(async () => {
        await respond.promise;
        return { head: { status: 200, headers: [] }, body };
      });
      const abort = new AbortController();
      const answer = bridge.main.requestHttp(request(), "api", abort.signal);
      await nextTurn();
      abort.abort(new Error("client gone"));
      respond.resolve();
      await assert.rejects(answer, /client gone/);
      await until(() => body.cancelled && bridge.main.calls === 0 && bridge.main.streams === 0);
    });

    it("cancels a body that still flows, and the call behind it", async () => {
      const body = new TestBody().feed("first");
      const calls: HttpCall[] = [];
      using bridge = new Bridge(async (_, call) => {
        calls.push(call);
        return { head: { status: 200, headers: [] }, body };
      });
      const abort = new AbortController();
      const response = await bridge.main.requestHttp(request(), "api", abort.signal);
      abort.abort();
      assert.ok(response.body?.ended);
      await until(() => body.cancelled);
      assert.equal(calls[0]?.cancelled, true);
      await until(() => bridge.main.streams === 0);
    });
  });

  describe("with a cell that misbehaves", () => {
    const head = { status: 200, headers: [] };
    const violations: [string, unknown[]][] = [
      ["an answer to nothing", [{ tag: "http-response", id: 99, head, body: undefined }]],
      [
        "two answers",
        [
          { tag: "http-response", id: 1, head, body: undefined },
          { tag: "http-failure", id: 1, code: "timeout", guest: "", reason: "" },
        ],
      ],
      ["an answer without a head", [{ tag: "http-response", id: 1 }]],
      [
        "a status that is none",
        [{ tag: "http-response", id: 1, head: { status: 7, headers: [] } }],
      ],
      ["a body of an unknown form", [{ tag: "http-response", id: 1, head, body: { tag: "?" } }]],
      [
        "a body larger than the window",
        [
          {
            tag: "http-response",
            id: 1,
            head,
            body: { tag: "complete", bytes: new Uint8Array(STREAM_WINDOW + 1) },
          },
        ],
      ],
      ["a message of an unknown kind", [{ tag: "surprise" }]],
      ["no message at all", [null]],
    ];
    for (const [name, batch] of violations) {
      it(`ends the link on ${name}`, async () => {
        using cell = new BareCell();
        const answer = cell.main.requestHttp(request(), "api", SIGNAL).catch(() => {});
        cell.send(...batch);
        assert.equal((await cell.ended).code, "protocol-violation");
        await answer;
      });
    }
  });
});
