import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, it } from "mocha";
import { answerWith, dial, exchange, ingressTo, restOf, until } from "../../../support/ingress.ts";

const REQUEST = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

describe("HttpIngress under slow-loris", () => {
  it("answers others while hundreds of connections drip their head", async () => {
    const notices: string[] = [];
    await using ingress = await ingressTo(async () => answerWith(200, "ok"), {
      limits: { connections: 100 },
      onNotice: (message) => notices.push(message),
    });
    await using attackers = await attack(ingress, 300);
    for (let round = 0; round < 20; round += 1) {
      for (const socket of attackers.sockets) if (socket.writable) socket.write("x");
      assert.match(await exchange(ingress, REQUEST), /^HTTP\/1.1 200/);
    }
    const open = attackers.sockets.filter(({ closed, destroyed }) => !closed && !destroyed);
    assert.ok(open.length <= 100, `${open.length} are open`);
    assert.deepEqual(notices, [
      "There are too many connections: those without a request are closed",
    ]);
  });

  it("closes the new connection where all others have had a request", async () => {
    await using ingress = await ingressTo(async () => answerWith(200, "ok"), {
      limits: { connections: 2 },
    });
    const kept = [await dial(ingress), await dial(ingress)];
    for (const socket of kept) {
      socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
      await until(() => socket.bytesRead > 0);
    }
    assert.equal(await exchange(ingress, REQUEST), "");
    for (const socket of kept) {
      socket.write(REQUEST);
      assert.match(await restOf(socket), /^HTTP\/1.1 200/);
    }
  });
});

async function attack(
  ingress: Parameters<typeof dial>[0],
  count: number,
): Promise<AsyncDisposable & { readonly sockets: readonly Socket[] }> {
  const sockets: Socket[] = [];
  for (let index = 0; index < count; index += 1) {
    const socket = await dial(ingress);
    socket.resume();
    socket.write("GET / HTTP/1.1\r\nhost: a\r\nx: ");
    sockets.push(socket);
  }
  return {
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
