import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server } from "node:net";
import { after, before, describe, it } from "mocha";
import type { HostSettings } from "../../host/workload/prepare.ts";
import { DnsServer } from "../support/dns-server.ts";
import { Scenario } from "../support/scenario.ts";

describe("what leaves a workload", function () {
  this.timeout(30_000);
  const stack = new AsyncDisposableStack();
  let scenario: Scenario;
  let dns: DnsServer;
  /** Granted, and speaks a line protocol. */
  let line: number;
  /** Granted, and speaks HTTP. */
  let web: number;
  /** Granted, and speaks HTTPS with a certificate of the test's own authority. */
  let secure: number;
  /** Listens, but is not granted. */
  let secret: number;

  before(async () => {
    dns = stack.use(await DnsServer.start());
    dns.answers.set("shop.example", { addresses: ["203.0.113.7", "93.184.216.34"] });
    dns.answers.set("evil.example", { addresses: ["169.254.169.254", "127.0.0.1"] });
    dns.answers.set("six.example", { addresses: ["2606:2800:220:1::7"] });
    line = await listen(
      createServer((socket) => {
        socket.on("error", () => undefined);
        socket.on("data", (data: Buffer) => socket.write(data.toString().replace("PING", "+PONG")));
      }),
    );
    web = await listen(
      createHttpServer((request, response) => {
        if (request.url === "/redirect") {
          response.writeHead(302, { location: "http://169.254.169.254/" }).end();
        } else response.end(`${request.headers.host?.split(":")[0]} ${request.url}`);
      }),
    );
    secure = await listen(
      createHttpsServer(
        { cert: tlsFile("certificate.pem"), key: tlsFile("key.pem") },
        (_, response) => response.end("secret hello"),
      ),
    );
    secret = await listen(createServer((socket) => socket.destroy()));
    const settings: HostSettings = {
      policy: { hostLoopback: true, denyPrivate: false },
      resolver: dns.address,
      ca: [tlsFile("ca.pem")],
    };
    const granted = {
      allowedHosts: ["*"],
      allowedIpNameLookups: ["*.example"],
      allowedHostLoopbackPorts: [`${line}/tcp`, `${web}`, `${secure}`],
    };
    scenario = stack.use(
      await Scenario.startWith(
        settings,
        {
          name: "open",
          service: { guest: "tcp-echo" },
          component: { guest: "http-reach", resources: granted },
        },
        {
          name: "closed",
          component: { guest: "http-reach", resources: { allowedHosts: [] } },
        },
        { name: "silent", component: { guest: "http-reach" } },
      ),
    );
  });
  after(() => stack.disposeAsync());

  it("reaches a granted port of the machine's loopback and speaks its protocol", async () => {
    const target = `/ask?host=127.255.255.254&port=${line}&line=PING`;
    assert.equal(await scenario.get("open", target), "200 +PONG");
    assert.equal(await scenario.get("closed", target), "502 access-denied");
    assert.equal(await scenario.get("silent", target), "502 access-denied");
  });

  it("reaches no other port of it, and none by another address of the machine", async () => {
    for (const [host, port] of [
      ["127.255.255.254", secret],
      ["127.255.255.254", portOf(scenario.url)],
    ] as const) {
      const answer = await scenario.get("open", `/connect?host=${host}&port=${port}`);
      assert.equal(answer, "502 access-denied", `${host}:${port}`);
    }
    for (const host of ["127.0.0.1", "127.0.0.2"]) {
      const answer = await scenario.get("open", `/connect?host=${host}&port=${line}`);
      assert.equal(answer, "502 connection-refused", host);
    }
    assert.equal(
      await scenario.get(
        "open",
        `/fetch?url=http://host.wasmcloud.internal:${portOf(scenario.url)}/`,
      ),
      "502 HTTP-request-denied",
    );
    await scenario.until(() => rulesOf("open").includes("host-owned-port"));
  });

  it("reaches no special address, whatever is granted, and nothing at all with an empty list", async () => {
    for (const host of ["169.254.169.254", "169.254.1.1", "192.0.2.1", "240.0.0.1", "0.1.2.3"]) {
      const answer = await scenario.get("open", `/connect?host=${host}&port=80`);
      assert.equal(answer, "502 access-denied", host);
    }
    for (const host of ["8.8.8.8", "10.0.0.1", "169.254.169.254"]) {
      const answer = await scenario.get("closed", `/connect?host=${host}&port=80`);
      assert.equal(answer, "502 access-denied", host);
    }
    assert.equal(
      await scenario.get("silent", "/connect?host=169.254.169.254&port=80"),
      "502 access-denied",
    );
  });

  it("looks names up that are allowed, and leaves out closed addresses", async () => {
    assert.equal(await scenario.get("open", "/lookup?name=shop.example"), "200 93.184.216.34");
    assert.equal(
      await scenario.get("open", "/lookup?name=six.example"),
      "200 2606:2800:0220:0001:0000:0000:0000:0007",
    );
    assert.equal(
      await scenario.get("open", "/lookup?name=host.wasmcloud.internal"),
      "200 127.255.255.254",
    );
    assert.equal(
      await scenario.get("closed", "/lookup?name=localhost"),
      "200 127.0.0.1\n0000:0000:0000:0000:0000:0000:0000:0001",
    );
    for (const [name, expected] of [
      ["evil.example", "name-unresolvable"],
      ["nobody.example", "name-unresolvable"],
      ["other.wasmcloud.internal", "name-unresolvable"],
      ["shop.test", "permanent-resolver-failure"],
      ["2852039166", "invalid-argument"],
    ] as const) {
      assert.equal(await scenario.get("open", `/lookup?name=${name}`), `502 ${expected}`, name);
    }
    assert.equal(
      await scenario.get("silent", "/lookup?name=shop.example"),
      "502 permanent-resolver-failure",
    );
  });

  it("sends HTTP requests to the machine's granted port, and to no closed address", async () => {
    assert.equal(
      await scenario.get("open", `/fetch?url=http://host.wasmcloud.internal:${web}/a?b=c`),
      "200 200\nhost.wasmcloud.internal /a?b=c",
    );
    assert.equal(
      await scenario.get("open", `/fetch?url=http://host.wasmcloud.internal:${web}/redirect`),
      "200 302",
    );
    for (const [url, expected] of [
      [`http://host.wasmcloud.internal:${secret}/`, "HTTP-request-denied"],
      ["http://169.254.169.254/latest/meta-data", "HTTP-request-denied"],
      ["http://[::ffff:169.254.169.254]/", "HTTP-request-denied"],
      ["http://[64:ff9b::a9fe:a9fe]/", "HTTP-request-denied"],
      ["http://evil.example/", "HTTP-request-denied"],
      ["http://2852039166/", "HTTP-request-URI-invalid"],
      ["http://0xa9.0xfe.0xa9.0xfe/", "HTTP-request-URI-invalid"],
      ["http://nobody.example/", "DNS-error"],
      ["http://localhost:1/", "connection-refused"],
    ] as const) {
      assert.equal(await scenario.get("open", `/fetch?url=${url}`), `502 ${expected}`, url);
    }
    assert.equal(
      await scenario.get("closed", "/fetch?url=http://shop.example/"),
      "502 HTTP-request-denied",
    );
  });

  it("speaks HTTPS to a server of a known authority, by its name and by no other", async () => {
    assert.equal(
      await scenario.get("open", `/fetch?url=https://host.wasmcloud.internal:${secure}/`),
      "200 200\nsecret hello",
    );
    assert.equal(
      await scenario.get("open", `/fetch?url=https://127.255.255.254:${secure}/`),
      "502 TLS-certificate-error",
    );
  });

  it("is told, with the rule, the guest and how often", async () => {
    for (let times = 0; times < 12; times += 1) {
      await scenario.get("closed", "/connect?host=9.9.9.9&port=53");
    }
    const records = (): readonly {
      readonly address: string | undefined;
      readonly count: number;
    }[] =>
      scenario.events.flatMap((event) =>
        event.tag === "decision" && event.record.address === "9.9.9.9:53" ? [event.record] : [],
      );
    await scenario.until(() => records().some(({ count }) => count >= 10));
    assert.ok(records().length <= 2, "the first and the tenth");
  });

  function rulesOf(name: string): string[] {
    return scenario.events.flatMap((event) =>
      event.tag === "decision" && event.workload === `default/${name}` ? [event.record.rule] : [],
    );
  }

  async function listen(server: Server): Promise<number> {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    stack.defer(() => {
      server.close();
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- A TCP server that listens has one.
    return (server.address() as AddressInfo).port;
  }
});

function tlsFile(name: string): string {
  return readFileSync(new URL(`../fixture/tls/${name}`, import.meta.url), "utf8");
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
