import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { HttpLimits } from "../../../../host/ingress/http/limits.ts";
import type { HttpTarget } from "../../../../host/ingress/http/target.ts";
import { answerWith, dial, exchange, ingressTo, restOf, until } from "../../../support/ingress.ts";
import { MemoryBody, textOf } from "../../../support/memory-body.ts";

const GET = "GET / HTTP/1.1\r\nhost: a\r\n";
const CLOSE = "connection: close\r\n\r\n";

describe("HttpLimits", () => {
  it("answers 431 for a head that is too large, and for too many fields", async () => {
    await using ingress = await limited({ headerSize: 2000, headerCount: 10 });
    assert.match(
      await exchange(ingress, `${GET}x: ${"a".repeat(1800)}\r\n${CLOSE}`),
      /^HTTP\/1.1 200/,
    );
    assert.match(
      await exchange(ingress, `${GET}x: ${"a".repeat(4000)}\r\n${CLOSE}`),
      /^HTTP\/1.1 431/,
    );
    assert.match(
      await exchange(ingress, `GET /${"a".repeat(4000)} HTTP/1.1\r\nhost: a\r\n${CLOSE}`),
      /^HTTP\/1.1 431/,
    );
    assert.match(
      await exchange(ingress, `${GET}${"x: y\r\n".repeat(8)}${CLOSE}`),
      /^HTTP\/1.1 200/,
    );
    const answer = await exchange(ingress, `${GET}${"x: y\r\n".repeat(9)}${CLOSE}`);
    assert.match(answer, /^HTTP\/1.1 431.*more than 10 header fields/s);
  });

  it("answers 413 for a body that says that it is too large, without asking the workload", async () => {
    let calls = 0;
    await using ingress = await limited({ bodySize: 10 }, async () => {
      calls += 1;
      return answerWith(200);
    });
    const answer = await exchange(
      ingress,
      `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\n\r\n12345678901`,
    );
    assert.match(answer, /^HTTP\/1.1 413 .*connection: close/s);
    assert.equal(calls, 0);
    assert.match(
      await exchange(
        ingress,
        `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n${CLOSE}1234567890`,
      ),
      /^HTTP\/1.1 200/,
    );
  });

  it("answers 413 for a body that turns out to be too large", async () => {
    await using ingress = await limited({ bodySize: 10 }, async ({ body }) =>
      answerWith(200, await textOf(body)),
    );
    const head = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n";
    assert.match(
      await exchange(ingress, `${head}\r\n5\r\n12345\r\n6\r\n678901\r\n0\r\n\r\n`),
      /^HTTP\/1.1 413/,
    );
    assert.match(await exchange(ingress, `${head}${CLOSE}5\r\n12345\r\n0\r\n\r\n`), /12345$/);
  });

  it("closes connections whose request never comes to the end of its head", async () => {
    await using ingress = await limited({ headerTimeout: 200 });
    const silent = await dial(ingress);
    const slow = await dial(ingress);
    slow.write(GET);
    const dripping = setInterval(() => slow.write("x: y\r\n"), 20);
    assert.match(await restOf(slow), /^HTTP\/1.1 408/);
    clearInterval(dripping);
    await restOf(silent);
  });

  it("closes a connection whose client leaves the workload without the rest of a body", async () => {
    await using ingress = await limited({ stallTimeout: 100 }, async ({ body }) =>
      answerWith(200, await textOf(body)),
    );
    const answer = await exchange(
      ingress,
      `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n12345`,
    );
    assert.match(answer, /^HTTP\/1.1 408 .*did not arrive in time/s);
  });

  it("waits for a workload that takes its time with a body", async () => {
    await using ingress = await limited({ stallTimeout: 50 }, async ({ body }) => {
      await new Promise((resolve) => {
        setTimeout(resolve, 300);
      });
      return answerWith(200, await textOf(body));
    });
    const answer = await exchange(
      ingress,
      `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n${CLOSE}12345`,
    );
    assert.match(answer, /12345$/);
  });

  it("does not wait for ever for the rest of a body that nobody wants", async () => {
    await using ingress = await limited({ stallTimeout: 100 });
    const answer = await exchange(
      ingress,
      `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n12345`,
    );
    assert.match(answer, /^HTTP\/1.1 200/);
  });

  it("cuts a client that does not take its answer, and not one whose answer is silent", async () => {
    const body = new MemoryBody();
    await using ingress = await limited({ stallTimeout: 100 }, async ({ head }) => {
      if (head.pathWithQuery !== "/large") return { head: { status: 200, headers: [] }, body };
      const large = new MemoryBody();
      large.push(Buffer.alloc(32 * 1024 * 1024));
      large.end();
      return { head: { status: 200, headers: [] }, body: large };
    });
    const silent = await dial(ingress);
    silent.write(`${GET}${CLOSE}`);
    const deaf = await dial(ingress);
    deaf.pause();
    deaf.write("GET /large HTTP/1.1\r\nhost: a\r\n\r\n");
    await until(() => deaf.bytesRead > 0 || deaf.readableLength > 0);
    // Long enough for the ingress to give up on it, were it deaf.
    await new Promise((resolve) => {
      setTimeout(resolve, 1000);
    });
    body.push("late");
    body.end();
    assert.match(await restOf(silent), /late/);
    deaf.resume();
    assert.ok((await restOf(deaf)).length < 32 * 1024 * 1024);
  });

  it("closes a connection after so many requests", async () => {
    await using ingress = await limited({ requestsPerConnection: 2 });
    const answers = await exchange(ingress, `${GET}\r\n`, `${GET}\r\n`);
    assert.equal(answers.split("HTTP/1.1 200").length - 1, 2);
  });

  it("refuses what finds the queue of its workload full, and lets the rest wait for its turn", async () => {
    const waiting: (() => void)[] = [];
    await using ingress = await limited({ inFlight: 1, queue: 1 }, async () => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
      return answerWith(200, "ok");
    });
    const first = exchange(ingress, `${GET}${CLOSE}`);
    await until(() => waiting.length === 1);
    // One of these two waits, whichever comes first; the other one is refused.
    const others = [exchange(ingress, `${GET}${CLOSE}`), exchange(ingress, `${GET}${CLOSE}`)];
    const refused = await Promise.race(others);
    assert.match(refused, /^HTTP\/1.1 503 .*retry-after: 1/s);
    assert.equal(waiting.length, 1);
    waiting.shift()?.();
    assert.match(await first, /^HTTP\/1.1 200/);
    await until(() => waiting.length === 1);
    waiting.shift()?.();
    const answers = await Promise.all(others);
    assert.equal(answers.filter((answer) => answer.startsWith("HTTP/1.1 200")).length, 1);
  });

  it("gives up a place in the queue when the client leaves", async () => {
    const release = Promise.withResolvers<void>();
    let calls = 0;
    await using ingress = await limited({ inFlight: 1, queue: 1 }, async () => {
      calls += 1;
      await release.promise;
      return answerWith(200, "ok");
    });
    const first = exchange(ingress, `${GET}${CLOSE}`);
    await until(() => calls === 1);
    for (let round = 0; round < 5; round += 1) {
      const socket = await dial(ingress);
      socket.write(`${GET}\r\n`);
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
      socket.destroy();
      await restOf(socket);
    }
    release.resolve();
    assert.match(await first, /^HTTP\/1.1 200/);
    assert.match(await exchange(ingress, `${GET}${CLOSE}`), /^HTTP\/1.1 200/);
  });
});

function limited(
  limits: Partial<HttpLimits>,
  handle: HttpTarget["handle"] = async () => answerWith(200, "ok"),
): ReturnType<typeof ingressTo> {
  return ingressTo(handle, { limits });
}
