import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Client } from "../../../host/api/client/client.ts";
import { AnswerError, UnreachableError } from "../../../host/api/client/error.ts";
import { listen } from "../../../host/ingress/listen.ts";
import { manifest, serve, type ServedApi, TOKEN } from "./served.ts";

describe("Client", () => {
  let api: ServedApi;
  const signal = new AbortController().signal;

  beforeEach(async () => {
    api = await serve();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  function texts(name: string): { name: string; text: string }[] {
    return [{ name: join(api.directory, "a.yaml"), text: manifest(name) }];
  }

  it("does the same over the socket and over TCP", async () => {
    const url = new URL(api.url);
    await using overSocket = new Client({ tag: "socket", path: api.socketPath });
    await using overTcp = new Client({ tag: "url", url, token: TOKEN });
    for (const client of [overSocket, overTcp]) {
      const { applied } = await client.apply(texts("one"), true);
      assert.equal(applied[0]?.workload.name, "one");
      assert.equal((await client.list()).length, 1);
      assert.equal((await client.get("default/one")).name, "one");
      assert.equal((await client.stop("one", "5s")).state, "stopping");
      assert.equal((await client.start("one")).state, "running");
      assert.equal((await client.restart("one")).state, "running");
      assert.deepEqual(await client.logs("one", { tail: 5 }), []);
      assert.deepEqual(await client.decisions("one"), []);
      assert.deepEqual(await client.listeners("one"), []);
      assert.equal((await client.endpoints("one")).length, 1);
      const question = { use: "lookup", address: "a.example" };
      assert.equal((await client.explain("one", question)).length, 1);
      await client.delete("one");
      assert.deepEqual(await client.list(), []);
    }
  });

  it("says what the host says", async () => {
    await using client = new Client({ tag: "socket", path: api.socketPath });
    await assert.rejects(client.get("one"), (error) => {
      assert.ok(error instanceof AnswerError);
      assert.equal(error.status, 404);
      assert.equal(error.message, "There is no workload one");
      return true;
    });
    await using stranger = new Client({ tag: "url", url: new URL(api.url), token: undefined });
    await assert.rejects(stranger.list(), /^AnswerError: Over TCP the API needs its token/);
  });

  it("says that nobody answers", async () => {
    for (const path of [join(api.directory, "none.sock"), join(api.directory, "s.wasm")]) {
      await using client = new Client({ tag: "socket", path });
      await assert.rejects(client.list(), (error) => {
        assert.ok(error instanceof UnreachableError, String(error));
        assert.equal(error.message, `No islet host answers at ${path}`);
        return error.gone;
      });
    }
  });

  for (const [status, body] of [
    [500, "oops"],
    [200, "<!doctype html>"],
    [200, ""],
    [302, ""],
  ] as const) {
    it(`says that somebody else answers ${status} ${JSON.stringify(body)}`, async () => {
      const server = createServer((_request, response) => response.writeHead(status).end(body));
      const { port } = await listen(server, { host: "127.0.0.1", port: 0 });
      const url = new URL(`http://127.0.0.1:${port}`);
      try {
        await using client = new Client({ tag: "url", url, token: undefined });
        const reason = `What answers is no Islet host (HTTP status ${status})`;
        await assert.rejects(client.list(), { name: "AnswerError", message: reason });
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });
  }

  it("says that the host went away in the middle of its answer", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": 100 });
      response.write('{"workloads":', () => response.destroy());
    });
    const { port } = await listen(server, { host: "127.0.0.1", port: 0 });
    const url = new URL(`http://127.0.0.1:${port}`);
    try {
      await using client = new Client({ tag: "url", url, token: undefined });
      const message = "The islet host has gone away";
      await assert.rejects(client.list(), { name: "UnreachableError", message });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  for (const name of [".", "..", "../x", "%2e%2e", "a?b", "a#b", "ä"]) {
    it(`asks for ${name} by that name`, async () => {
      await using client = new Client({ tag: "socket", path: api.socketPath });
      const message = `There is no workload ${name}`;
      await assert.rejects(client.get(name), { name: "AnswerError", message });
      await assert.rejects(client.stop(name), { name: "AnswerError", message });
      await assert.rejects(client.forwards(name), { name: "AnswerError", message });
    });
  }

  it("asks hundreds of things at once, over no more connections than a host takes", async () => {
    await using client = new Client({ tag: "socket", path: api.socketPath });
    await client.apply(texts("one"), true);
    const asked = Array.from({ length: 600 }, () => client.get("one"));
    assert.equal(new Set((await Promise.all(asked)).map(({ name }) => name)).size, 1);
  });

  it("follows a log until the workload is deleted", async () => {
    await using client = new Client({ tag: "socket", path: api.socketPath });
    await client.apply(texts("one"), true);
    api.host.log("zero");
    const lines: string[] = [];
    for await (const { line } of client.followLogs("one", {}, signal)) {
      lines.push(line);
      if (line === "zero") api.host.log("one");
      if (line === "one") await client.delete("one");
    }
    assert.deepEqual(lines, ["zero", "one"]);
  });

  it("stops following when it is told to, and rejects when the host goes away", async () => {
    await using client = new Client({ tag: "socket", path: api.socketPath });
    await client.apply(texts("one"), true);
    api.host.log("zero");
    const stop = new AbortController();
    for await (const _ of client.followLogs("one", {}, stop.signal)) stop.abort();
    const broken = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write('event: log\ndata: {"line":"half"}\n\nevent: lo');
      setImmediate(() => response.destroy());
    });
    const { port } = await listen(broken, { host: "127.0.0.1", port: 0 });
    const url = new URL(`http://127.0.0.1:${port}`);
    try {
      await using other = new Client({ tag: "url", url, token: undefined });
      const lines: string[] = [];
      await assert.rejects(async () => {
        for await (const { line } of other.followLogs("one", {}, signal)) lines.push(line);
      }, /The islet host has gone away/);
      assert.deepEqual(lines, ["half"]);
    } finally {
      broken.close();
    }
  });

  it("goes on where it was when it is cut", async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ headers }, response) => {
      asked.push(headers["last-event-id"]?.toString());
      response.writeHead(200, { "content-type": "text/event-stream" });
      const number = asked.length;
      const last = number < 3 ? "event: cut\ndata: {}\n\n" : "event: end\ndata: {}\n\n";
      response.end(`id: x.${number}\nevent: log\ndata: {"line":"${number}"}\n\n${last}`);
    });
    const { port } = await listen(server, { host: "127.0.0.1", port: 0 });
    const url = new URL(`http://127.0.0.1:${port}`);
    try {
      await using client = new Client({ tag: "url", url, token: undefined });
      const lines: string[] = [];
      for await (const { line } of client.followLogs("one", {}, signal)) lines.push(line);
      assert.deepEqual(lines, ["1", "2", "3"]);
      assert.deepEqual(asked, [undefined, "x.1", "x.2"]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
