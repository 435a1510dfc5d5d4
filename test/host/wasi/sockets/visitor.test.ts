import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { SocketAddress } from "node:net";
import { TCP_OPTIONS_DEFAULT as tcp } from "../../../../host/network/tcp-options.ts";
import { GuestLab } from "../../../support/guest-lab.ts";
import { readText } from "../../bridge/support.ts";

const VISITOR = new SocketAddress({ address: "203.0.113.7", family: "ipv4", port: 41_000 });

describe("A guest that is visited from outside", function () {
  this.timeout(30_000);

  it("serves a visitor over TCP", async () => {
    await using lab = new GuestLab();
    await lab.startService("tcp-echo");
    const connection = await lab.network.visit(7777, { visitor: VISITOR, tcp });
    connection.sink.write(Buffer.from("hello"));
    connection.sink.end();
    assert.equal(await readText(connection.source), "hello");
    connection[Symbol.dispose]();
  });

  it("may answer a visitor's datagrams although nothing is allowed to it", async () => {
    await using lab = new GuestLab();
    await lab.startService("udp-echo");
    const answer = Promise.withResolvers<string>();
    using visit = lab.network.visitUdp(7777, {
      visitor: VISITOR,
      onDatagram: (bytes) => answer.resolve(Buffer.from(bytes).toString()),
      onClose: () => answer.reject(new Error("The visit ended")),
    });
    assert.equal(visit.send(Buffer.from("hello")), true);
    assert.equal(await answer.promise, "hello");
  });
});
