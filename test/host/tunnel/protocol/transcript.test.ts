import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, it } from "mocha";
import { answerChallenge } from "../../../../host/tunnel/protocol/challenge.ts";
import { Secret } from "../../../../host/tunnel/secret.ts";
import { startScript } from "../client/scripted-server.ts";
import {
  answer,
  connectTo,
  eventually,
  GuestNetwork,
  read,
  readAll,
  startServer,
  startTunnel,
} from "../support.ts";

const SECRET = new Secret("mysecret123");
const CHALLENGE = '{"Challenge":"67e55044-10b1-426f-9247-bb680e5fe0c8"}\0';
const AUTHENTICATE =
  '{"Authenticate":"10f51227fdb283282eee828ebef77d104a5fb9abc3ce12b23fef65c6a7e4a568"}\0';
const HELLO = '{"Hello":0}\0';
const HELLO_BACK = '{"Hello":38492}\0';
const HEARTBEAT = '"Heartbeat"\0';
const VISITOR = "8f14e45f-ceea-467f-a5d6-3a0f1c2b4d5e";
const CONNECTION = `{"Connection":"${VISITOR}"}\0`;
const SECOND = "11111111-2222-4333-8444-555555555555";
const SECOND_CHALLENGE = `{"Challenge":"${SECOND}"}\0`;
const SECOND_ANSWER = `{"Authenticate":"${answerChallenge("mysecret123", SECOND)}"}\0`;
const ACCEPT = `{"Accept":"${VISITOR}"}\0`;
const REQUEST = 'GET / HTTP/1.1\r\n\r\n{"Hello":1}\0';
const RESPONSE = "HTTP/1.1 200 OK\r\n\r\n";

describe("The transcript of bore's protocol", () => {
  it("has the lengths of the original", () => {
    assert.deepEqual(
      [CHALLENGE, AUTHENTICATE, HELLO, HELLO_BACK, HEARTBEAT, CONNECTION, ACCEPT].map(
        ({ length }) => length,
      ),
      [53, 84, 12, 16, 12, 54, 50],
    );
  });

  it("is what our client says, wherever the server's bytes are split", async () => {
    const control = CHALLENGE + HELLO_BACK + HEARTBEAT + HEARTBEAT + CONNECTION + HEARTBEAT;
    const data = SECOND_CHALLENGE + REQUEST;
    await inParallel(Math.max(control.length, data.length), async (cut) => {
      using guest = new GuestNetwork();
      const requests: string[] = [];
      using _service = guest.serve(80, (connection) => {
        answer(connection, (bytes) => {
          requests.push(Buffer.from(bytes).toString());
          return Buffer.from(requests.join("").length === REQUEST.length ? RESPONSE : "");
        });
      });
      const said = ["", ""];
      using server = await startScript((socket, index) => {
        socket.on("data", (chunk) => {
          said[index] = `${said[index] ?? ""}${chunk.toString()}`;
        });
        void sendSplit(socket, index === 0 ? control : data, cut);
      });
      using _tunnel = startTunnel({ server: server.address, wayIn: guest, secret: SECRET });
      const expected = [AUTHENTICATE + HELLO, SECOND_ANSWER + ACCEPT + RESPONSE];
      await eventually(() => said[1]?.length === expected[1]?.length);
      assert.deepEqual(said, expected);
      assert.equal(requests.join(""), REQUEST);
      assert.equal(server.connections.length, 2);
    });
  });

  it("is what our server says, wherever the client's bytes are split", async () => {
    using server = await startServer({ secrets: [SECRET] });
    const length = AUTHENTICATE.length + ACCEPT.length + RESPONSE.length;
    await inParallel(length, async (cut) => {
      const control = await connectTo(server.port);
      const challenge = await readChallenge(control);
      await sendSplit(control, authenticate(challenge) + HELLO, cut);
      const hello = (await read(control, HELLO.length + 4)).toString();
      const [, port = "", rest = ""] = /^\{"Hello":(\d{5})\}\0(.*)$/s.exec(hello) ?? [];
      const visitor = await connectTo(Number(port));
      visitor.end(REQUEST);
      let frames = rest;
      while (!frames.includes("Connection")) frames += (await read(control, 1)).toString();
      const [, id = ""] =
        /^(?:"Heartbeat"\0)+\{"Connection":"([\da-f-]{36})"\}\0/.exec(frames) ?? [];
      const data = await connectTo(server.port);
      const second = await readChallenge(data);
      assert.notEqual(second, challenge);
      await sendSplit(data, `${authenticate(second)}{"Accept":"${id}"}\0${RESPONSE}`, cut);
      data.end();
      assert.equal((await readAll(data)).toString(), REQUEST);
      assert.equal((await readAll(visitor)).toString(), RESPONSE);
      control.destroy();
    });
    await eventually(() => server.server.tunnels === 0);
    assert.deepEqual(server.reasons("refused"), []);
  });

  for (const [wanted, text] of [
    [80, "client port number not in allowed range"],
    [0, "port already in use"],
  ] as const) {
    it(`refuses as bore does: ${text}`, async () => {
      using server = await startServer();
      const first = await connectTo(server.port);
      first.write(HELLO);
      const [, port] = /^\{"Hello":(\d+)\}\0/.exec((await read(first, 16)).toString()) ?? [];
      const second = await connectTo(server.port);
      second.write(`{"Hello":${wanted === 0 ? port : wanted}}\0`);
      assert.equal((await readAll(second)).toString(), `{"Error":"${text}"}\0`);
      first.destroy();
    });
  }
});

function authenticate(challenge: string): string {
  return `{"Authenticate":"${answerChallenge("mysecret123", challenge)}"}\0`;
}

async function readChallenge(socket: Socket): Promise<string> {
  const text = (await read(socket, CHALLENGE.length)).toString();
  const [, challenge = ""] = /^\{"Challenge":"([\da-f-]{36})"\}\0$/.exec(text) ?? [];
  return challenge;
}

/** Sends `text` in two segments. */
async function sendSplit(socket: Socket, text: string, cut: number): Promise<void> {
  const bytes = Buffer.from(text);
  if (socket.pending) await once(socket, "connect");
  socket.write(bytes.subarray(0, cut));
  // The kernel hands the first segment over before the second is there.
  await sleep(5);
  socket.write(bytes.subarray(cut));
}

/** Calls `check` with each number below `count`, several at a time. */
async function inParallel(count: number, check: (cut: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await check(next - 1);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
}
