import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientRequest, createServer, request, type ServerResponse } from "node:http";
import { describe, it } from "mocha";
import { EventStream } from "../../../host/api/event-stream.ts";
import { listen } from "../../../host/ingress/listen.ts";

describe("EventStream", () => {
  it("writes events with their names, data and IDs, and what ends them", async () => {
    const text = await answer((response) => {
      const stream = new EventStream(response, 1000);
      stream.sendHistory([{ event: "old", data: "\n" }]);
      stream.send({ event: "new", data: { a: 1 }, id: "x.1" });
      stream.end("done");
      stream.end("twice");
      stream.send({ event: "late", data: 1 });
    });
    assert.equal(
      text,
      'event: old\ndata: "\\n"\n\nid: x.1\nevent: new\ndata: {"a":1}\n\nevent: end\ndata: {"reason":"done"}\n\n',
    );
  });

  it("ends with all that was to be told, also where its reader has not read the history yet", async () => {
    const text = await answer((response) => {
      const stream = new EventStream(response, 1_000_000);
      const history = Array.from({ length: 100 }, (_, id) => ({
        event: "old",
        data: "x".repeat(100_000),
        id: `${id}`,
      }));
      stream.sendHistory(history);
      stream.send({ event: "new", data: 1 });
      stream.end("done");
    });
    assert.equal(text.match(/^event: old$/gm)?.length, 100);
    assert.match(text, /event: new\ndata: 1\n\nevent: end\n/);
  });

  it("gives back what it used, once, also what it is given when it is over", async () => {
    const calls: string[] = [];
    await answer((response) => {
      const stream = new EventStream(response, 1000);
      stream.defer(() => calls.push("first"));
      stream.use({ [Symbol.dispose]: () => void calls.push("second") });
      stream.end("done");
      stream[Symbol.dispose]();
      stream.defer(() => calls.push("third"));
      stream.use({ [Symbol.dispose]: () => void calls.push("fourth") });
    });
    assert.deepEqual(calls, ["second", "first", "third", "fourth"]);
  });

  it("is cut where one event is larger than what may wait for a reader who reads nothing yet", async () => {
    const text = await answer((response) => {
      const stream = new EventStream(response, 1000);
      // The first fills what the connection takes, so that the second has to wait.
      stream.send({ event: "big", data: "x".repeat(1_000_000) });
      stream.send({ event: "big", data: "y".repeat(2000) });
      assert.equal(stream.isOver, true);
    });
    assert.match(
      text,
      /event: cut\ndata: \{"reason":"More than 1000 bytes waited for the reader"\}\n\n$/,
    );
    assert.ok(!text.includes("yyyy"));
  });

  it("counts bytes and not characters of what waits", async () => {
    await answer((response) => {
      const stream = new EventStream(response, 1000);
      stream.send({ event: "big", data: "x".repeat(1_000_000) });
      stream.send({ event: "big", data: "x".repeat(400) });
      assert.equal(stream.isOver, false);
      stream.send({ event: "big", data: "€".repeat(400) });
      assert.equal(stream.isOver, true);
    });
  });

  it("is over from the beginning where its client has gone", async () => {
    let outgoing: ClientRequest | undefined;
    const gone = Promise.withResolvers<EventStream>();
    const server = createServer((incoming, response) => {
      incoming.on("close", () => setImmediate(() => gone.resolve(new EventStream(response, 1000))));
      incoming.resume();
      outgoing?.destroy();
    });
    const { port } = await listen(server, { host: "127.0.0.1", port: 0 });
    try {
      outgoing = request({ port, agent: false, method: "POST" });
      outgoing.on("error", () => {});
      outgoing.write("half");
      assert.equal((await gone.promise).isOver, true);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

/** Hands the response of a request to `use`, and gives what the client got. */
async function answer(use: (response: ServerResponse) => void | Promise<void>): Promise<string> {
  const server = createServer((_request, response) => void use(response));
  const { port } = await listen(server, { host: "127.0.0.1", port: 0 });
  try {
    const outgoing = request({ port, agent: false }).end();
    const [incoming] = await once(outgoing, "response");
    let text = "";
    for await (const chunk of incoming.setEncoding("utf8")) text += chunk;
    return text;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
