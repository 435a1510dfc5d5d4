import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { createGuest } from "../support.ts";
import { TestEgress } from "../egress/support.ts";
import {
  failure,
  fetchText,
  HttpTestServer,
  readResponse,
  responseOf,
  start,
} from "./client-support.ts";

describe("HttpClient", () => {
  it("keeps connections for the next request, and none that the guest's peer closed", async () => {
    using egress = new TestEgress();
    egress.names.set("shop.example", ["93.184.216.34"]);
    using guest = createGuest(egress.options({}));
    await using server = await HttpTestServer.start((request, response) => {
      if (request.url === "/last") response.setHeader("connection", "close");
      response.end("ok");
    });
    const url = `http://shop.example:${server.port}`;
    for (const path of ["/", "/", "/last", "/"]) await fetchText(guest, url + path);
    assert.equal(server.connections, 2);
  });

  it("waits for one of its connections where all are taken, and then is refused one", async () => {
    using egress = new TestEgress(undefined, { connections: 2, slotTimeout: 1500 });
    for (const name of ["a", "b", "c"]) egress.names.set(`${name}.example`, ["93.184.216.34"]);
    using guest = createGuest(egress.options({}));
    const held: (() => void)[] = [];
    await using server = await HttpTestServer.start((request, response) => {
      if (request.url === "/held") held.push(() => response.end("held"));
      else response.end("free");
    });
    const { port } = server;
    // An idle connection makes room.
    await fetchText(guest, `http://a.example:${port}/`);
    const first = start(guest, `http://b.example:${port}/held`);
    await until(() => held.length === 1);
    const second = start(guest, `http://c.example:${port}/held`);
    await until(() => held.length === 2);
    assert.equal(await failure(guest, `http://a.example:${port}/`), "connection-limit-reached");
    const third = fetchText(guest, `http://a.example:${port}/`);
    held[0]?.();
    const response = await responseOf(first);
    assert.ok(!("tag" in response));
    await readResponse(response);
    assert.equal((await third).body, "free");
    second[Symbol.dispose]();
  });

  it("says so where nobody listens", async () => {
    using egress = new TestEgress();
    egress.names.set("shop.example", ["93.184.216.34"]);
    using guest = createGuest(egress.options({}));
    const server = await HttpTestServer.start(() => {});
    await server[Symbol.asyncDispose]();
    assert.equal(await failure(guest, `http://shop.example:${server.port}/`), "connection-refused");
    assert.equal(egress.http.connections, 0);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
