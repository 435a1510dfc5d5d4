import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "mocha";
import type { GuestName } from "../fixture/guest/guest.ts";
import { guestNames } from "../fixture/guest/guest.ts";
import { DnsServer } from "../support/dns-server.ts";
import { Scenario } from "../support/scenario.ts";
import { assertConforms } from "./report.ts";

const SUBJECTS: readonly GuestName[] = guestNames.filter((name) => name.startsWith("conform-"));

describe("a service conforms to the WIT", function () {
  this.timeout(60_000);
  const stack = new AsyncDisposableStack();
  let scenario: Scenario;

  before(async () => {
    const dns = stack.use(await DnsServer.start());
    for (const [name, addresses] of NAMES) dns.answers.set(name, { addresses });
    const port = await listen();
    scenario = stack.use(
      await Scenario.beginWith(
        { policy: { hostLoopback: true, denyPrivate: false }, resolver: dns.address },
        ...SUBJECTS.map((name) => ({
          name,
          service: {
            guest: name,
            args: ["service", `port=${port}`],
            resources: {
              allowedHosts: ["*.example", "169.254.169.254"],
              allowedIpNameLookups: ["*.example"],
              allowedHostLoopbackPorts: [`${port}/tcp`],
            },
            // Nobody waits long for a service that never listens, itself included.
            readiness: { timeout: "100ms" },
            maxRestarts: 0,
          },
        })),
      ),
    );
  });
  after(() => stack.disposeAsync());

  for (const name of SUBJECTS) {
    it(`in ${name}`, async () => {
      await scenario.until(() => ["completed", "error"].includes(scenario.state(name) ?? ""));
      assertConforms(scenario.linesOf(name));
    });
  }

  /** The server that conform-http.c describes. */
  async function listen(): Promise<number> {
    const server = createServer((request, response) => {
      const status = /^\/status\?(\d+)$/.exec(request.url ?? "")?.[1];
      response.writeHead(Number(status ?? 200), { "x-islet": "yes" });
      if (request.method !== "HEAD") response.write(`${request.method} ${request.url}\n`);
      request.on("error", () => response.destroy());
      request.pipe(response);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    stack.defer(() => {
      server.closeAllConnections();
      server.close();
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- A TCP server that listens has one.
    return (server.address() as AddressInfo).port;
  }
});

/** What conform-name-lookup.c and conform-http.c say about names. */
const NAMES = [
  ["shop.example", ["93.184.216.34", "93.184.216.35"]],
  ["shop1.example", ["93.184.216.36"]],
  ["xn--bcher-kva.example", ["93.184.216.37"]],
  ["six.example", ["2606:2800:220:1::7"]],
  ["empty.example", []],
] as const;
