import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { describe, it } from "mocha";
import type { AccessRecord } from "../../../../host/ingress/http/access-log.ts";
import type { HttpIngress } from "../../../../host/ingress/http/ingress.ts";
import { createServiceTarget } from "../../../../host/ingress/http/service-target.ts";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import { dial, exchange, ingressTo, until } from "../../../support/ingress.ts";
import { serveVirtual, serveVirtualHttp } from "../../../support/virtual-server.ts";
import { VirtualWayIn } from "../../../support/virtual-way-in.ts";

const GET = "GET / HTTP/1.1\r\nhost: a.localhost:80\r\nconnection: close\r\n\r\n";

describe("ServiceTarget", () => {
  it("passes requests on to a port of the service, and its answers back", async () => {
    await using lab = await start((request, response) => {
      const { method, url, headers } = request;
      const seen = [method, url, headers.host, headers["x-one"], headers["x-forwarded-for"]];
      response.writeHead(201, { "x-seen": seen.join(" "), "set-cookie": ["a=1", "b=2"] });
      request.pipe(response);
    });
    const answer = await exchange(
      lab.ingress,
      "POST /a?b HTTP/1.1\r\nhost: a.localhost:80\r\nx-one: 1\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbody",
    );
    assert.match(answer, /^HTTP\/1.1 201/);
    assert.match(answer, /x-seen: POST \/a\?b a.localhost:80 1 127.0.0.1\r\n/);
    assert.match(answer, /set-cookie: a=1\r\nset-cookie: b=2\r\n/);
    assert.match(answer, /\r\n\r\nbody$/);
  });

  it("answers a request for no resource itself (RFC 9110 §9.3.7)", async () => {
    await using lab = await start((request, response) => void response.end(request.url));
    const answer = await exchange(
      lab.ingress,
      "OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n",
      "OPTIONS /a HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    );
    assert.match(answer, /^HTTP\/1.1 204 [^]*HTTP\/1.1 200 [^]*\/a$/);
    assert.equal(lab.wayIn.connects, 1);
  });

  it("keeps connections for the next request", async () => {
    await using lab = await start((_request, response) => void response.end("ok"));
    for (let count = 0; count < 5; count += 1) {
      assert.match(await exchange(lab.ingress, GET), /ok$/);
    }
    assert.equal(lab.wayIn.connects, 1);
  });

  it("leaves kept connections when another copy of the workload may be there", async () => {
    await using lab = await start((_request, response) => void response.end("ok"));
    await exchange(lab.ingress, GET);
    lab.wayIn.whenChanged.notify();
    await exchange(lab.ingress, GET);
    assert.equal(lab.wayIn.connects, 2);
  });

  it("streams both ways, with trailers", async () => {
    await using lab = await start((request, response) => {
      response.writeHead(200, { trailer: "x-sum" });
      request.on("data", (chunk: Buffer) => response.write(chunk));
      request.on("end", () => {
        response.addTrailers({ "x-sum": String(request.trailers["x-up"]) });
        response.end();
      });
    });
    const answer = await exchange(
      lab.ingress,
      "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\ntrailer: x-up\r\n\r\n",
      "2\r\nhi\r\n",
      "0\r\nx-up: 42\r\n\r\n",
    );
    assert.match(answer, /2\r\nhi\r\n0\r\nx-sum: 42\r\n\r\n$/);
  });

  it("keeps what is of the connection from passing through (RFC 9110 §7.6.1)", async () => {
    let seen: Readonly<Record<string, unknown>> = {};
    await using lab = await start((request, response) => {
      seen = request.headers;
      response.writeHead(200, { connection: "x-theirs", "x-theirs": "1", "x-end": "2" });
      response.end("ok");
    });
    const answer = await exchange(
      lab.ingress,
      "GET / HTTP/1.1\r\nhost: a\r\nconnection: close, X-Mine, x-forwarded-for, host\r\nx-mine: 1\r\n" +
        "keep-alive: timeout=9\r\nproxy-authorization: secret\r\nte: trailers\r\nexpect: 100-continue\r\nx-end: 2\r\n\r\n",
    );
    for (const name of ["x-mine", "keep-alive", "proxy-authorization", "te", "expect"]) {
      assert.equal(seen[name], undefined, name);
    }
    assert.deepEqual(
      [seen["x-end"], seen["host"], seen["x-forwarded-for"]],
      ["2", "a", "127.0.0.1"],
    );
    assert.doesNotMatch(answer, /x-theirs/i);
    assert.match(answer, /x-end: 2/);
  });

  it("lets requests wait while nothing listens, and answers them when something does", async () => {
    await using lab = await start((_request, response) => void response.end("ok"));
    lab.wayIn.setListening(80, false);
    const answers = [exchange(lab.ingress, GET), exchange(lab.ingress, GET)];
    await until(() => lab.wayIn.asks >= 4);
    lab.wayIn.setListening(81, true);
    lab.wayIn.setListening(80, true);
    for (const answer of await Promise.all(answers)) assert.match(answer, /^HTTP\/1.1 200 .*ok$/s);
  });

  it("answers 503 at once where the workload is gone, and to who comes when too many wait", async () => {
    await using lab = await start((_request, response) => void response.end("ok"));
    lab.wayIn.setListening(80, false);
    const calls: Promise<string>[] = [];
    for (let count = 0; count < 260; count += 1) {
      calls.push(exchange(lab.ingress, GET).then((answer) => answer.slice(9, 12)));
    }
    const early = await Promise.race(calls);
    assert.equal(early, "503");
    lab.wayIn.closed = true;
    lab.wayIn.whenChanged.notify();
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(["503"]));
  });

  it("answers 503 at once where the workload does not come back by itself", async () => {
    await using lab = await start((_request, response) => void response.end("ok"));
    lab.wayIn.setListening(80, false);
    const { asks } = lab.wayIn;
    const waiting = exchange(lab.ingress, GET);
    await until(() => lab.wayIn.asks > asks);
    lab.wayIn.atRest = "the workload is in error: Its service failed";
    lab.wayIn.whenChanged.notify();
    for (const answer of [await waiting, await exchange(lab.ingress, GET)]) {
      assert.match(answer, /^HTTP\/1.1 503 .*the workload is in error: Its service failed/s);
    }
    lab.wayIn.atRest = undefined;
    const later = exchange(lab.ingress, GET);
    lab.wayIn.setListening(80, true);
    assert.match(await later, /^HTTP\/1.1 200/);
  });

  it("forgets a request whose client leaves while it waits", async () => {
    await using lab = await start((_request, response) => void response.end("ok"));
    lab.wayIn.setListening(80, false);
    const client = await dial(lab.ingress);
    const { asks } = lab.wayIn;
    client.write(GET);
    await until(() => lab.wayIn.asks > asks);
    client.resetAndDestroy();
    await until(() => lab.records.length === 1);
    assert.equal(lab.records[0]?.status, undefined);
    lab.wayIn.setListening(80, true);
    assert.match(await exchange(lab.ingress, GET), /ok$/);
    assert.equal(lab.wayIn.connects, 1);
  });

  it("answers 503 while nothing listens for too long, and serves when something does", async () => {
    await using lab = await start((_request, response) => void response.end("ok"), 10);
    lab.wayIn.setListening(80, false);
    assert.match(
      await exchange(lab.ingress, GET),
      /^HTTP\/1.1 503 .*retry-after.*Nothing listens on port 80/s,
    );
    lab.wayIn.setListening(80, true);
    assert.match(await exchange(lab.ingress, GET), /^HTTP\/1.1 200/);
  });

  for (const [title, answer, status] of [
    ["closes without an answer", "", 502],
    ["answers with nonsense", "nonsense\r\n\r\n", 502],
    ["breaks off in the head", "HTTP/1.1 200 OK\r\ncontent-le", 502],
    ["has two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", 502],
  ] as const) {
    it(`answers ${status} where the service ${title}`, async () => {
      await using lab = await startRaw(answer);
      assert.match(await exchange(lab.ingress, GET), new RegExp(`^HTTP/1.1 ${status}`));
    });
  }

  it("cuts the connection where the answer breaks off", async () => {
    await using lab = await startRaw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
    const answer = await exchange(lab.ingress, GET);
    assert.ok(
      answer === "" || (/content-length: 10/.test(answer) && answer.endsWith("half")),
      answer,
    );
  });

  it("repeats a request without effects whose kept connection ended in between", async () => {
    let connections = 0;
    await using lab = await startOn((network) =>
      serveVirtual(network, 80, (socket) => {
        connections += 1;
        let requests = 0;
        const isFirst = connections === 1;
        socket.on("error", () => undefined);
        socket.on("data", () => {
          requests += 1;
          if (isFirst && requests === 2) socket.destroy();
          else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        });
      }),
    );
    assert.match(await exchange(lab.ingress, GET), /ok$/);
    assert.match(await exchange(lab.ingress, GET), /ok$/);
    assert.equal(connections, 2);
  });
});

interface Lab extends AsyncDisposable {
  readonly ingress: HttpIngress;
  readonly records: readonly AccessRecord[];
  readonly wayIn: VirtualWayIn;
}

function start(listener: RequestListener, patience?: number): Promise<Lab> {
  return startOn((network) => serveVirtualHttp(network, 80, createServer(listener)), patience);
}

/** A service that says `answer` to whatever it is asked, and closes. */
function startRaw(answer: string): Promise<Lab> {
  return startOn((network) =>
    serveVirtual(network, 80, (socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end(answer, "latin1"));
    }),
  );
}

async function startOn(
  serve: (network: VirtualNetwork) => Disposable,
  patience?: number,
): Promise<Lab> {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(new VirtualNetwork());
  stack.use(serve(network));
  const wayIn = new VirtualWayIn(network, [80]);
  const target = stack.use(
    createServiceTarget({ workload: "default/a", wayIn, port: 80, patience }),
  );
  const records: AccessRecord[] = [];
  const ingress = stack.use(await ingressTo(target, { onAccess: (one) => records.push(one) }));
  const owned = stack.move();
  return { ingress, wayIn, records, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
