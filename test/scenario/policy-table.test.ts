import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { after, before, describe, it } from "mocha";
import { DnsServer } from "../support/dns-server.ts";
import { Scenario } from "../support/scenario.ts";

/** What a guest tries, as test/fixture/guest/attempt.h has it, and what comes of it by what it may. */
interface Row {
  readonly what: string;
  readonly command: string;
  readonly component: Readonly<Partial<Record<Grant, string>>>;
  /** Where a service meets something else. */
  readonly service?: Readonly<Partial<Record<Grant, string>>>;
}

/** What a guest may: nothing (`allowedHosts: []`), what its manifest leaves out, what it lists. */
type Grant = "closed" | "silent" | "open";

const DENIED = { closed: "access-denied", silent: "access-denied", open: "access-denied" };
const VIRTUAL = { closed: "ok", silent: "ok", open: "ok" };
/** Not started by a test: the machine would send packets out. */
const ONLY_CLOSED = { closed: "access-denied" };

const ROWS: readonly Row[] = [
  { what: "TCP connect to 127.0.0.0/8", command: "tcp-connect 127.0.0.1 7777", component: VIRTUAL },
  { what: "TCP connect to all of it", command: "tcp-connect 127.1.2.3 7777", component: VIRTUAL },
  {
    what: "TCP bind to loopback",
    command: "tcp-bind 127.0.0.1 8080",
    component: DENIED,
    service: VIRTUAL,
  },
  {
    what: "TCP bind to unspecified",
    command: "tcp-bind 0.0.0.0 8080",
    component: DENIED,
    service: VIRTUAL,
  },
  { what: "TCP bind to anything else", command: "tcp-bind 10.0.0.1 8080", component: DENIED },
  { what: "UDP bind to loopback", command: "udp-bind 127.0.0.1 8080", component: VIRTUAL },
  { what: "UDP bind to unspecified", command: "udp-bind 0.0.0.0 8080", component: VIRTUAL },
  { what: "UDP bind to anything else", command: "udp-bind 10.0.0.1 8080", component: DENIED },
  { what: "UDP send to loopback", command: "udp-send 127.0.0.1 9", component: VIRTUAL },
  {
    what: "TCP connect elsewhere",
    command: "tcp-connect 10.1.2.3 80",
    component: ONLY_CLOSED,
  },
  { what: "UDP send elsewhere", command: "udp-send 10.1.2.3 80", component: ONLY_CLOSED },
  { what: "TCP to a special range", command: "tcp-connect 169.254.169.254 80", component: DENIED },
  { what: "UDP to a special range", command: "udp-send 169.254.169.254 80", component: DENIED },
  { what: "UDP to a broadcast address", command: "udp-send 255.255.255.255 9", component: DENIED },
  { what: "UDP to a multicast address", command: "udp-send 224.0.0.1 9", component: DENIED },
  {
    what: "name lookup",
    command: "lookup shop.example",
    component: {
      closed: "permanent-resolver-failure",
      silent: "permanent-resolver-failure",
      open: "ok",
    },
  },
  { what: "lookup of localhost", command: "lookup localhost", component: VIRTUAL },
  {
    what: "TCP to the machine's loopback",
    command: "tcp-connect 127.255.255.254 GRANTED",
    component: { closed: "access-denied", silent: "access-denied", open: "ok" },
  },
  {
    what: "a port of it that is not granted",
    command: "tcp-connect 127.255.255.254 1",
    component: DENIED,
  },
  {
    what: "a port of it that the host has",
    command: "tcp-connect 127.255.255.254 INGRESS",
    component: DENIED,
  },
];

describe("the table of what a guest reaches", function () {
  this.timeout(60_000);
  const stack = new AsyncDisposableStack();
  let scenario: Scenario;
  let granted: number;

  before(async () => {
    const dns = stack.use(await DnsServer.start());
    dns.answers.set("shop.example", { addresses: ["93.184.216.34"] });
    const server = createServer((socket) => socket.destroy());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    stack.defer(() => void server.close());
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- A TCP server that listens has one.
    granted = (server.address() as AddressInfo).port;
    const commands = ROWS.map(({ command }) => command.replace("GRANTED", String(granted)));
    scenario = stack.use(
      await Scenario.beginWith(
        { policy: { hostLoopback: true, denyPrivate: false }, resolver: dns.address },
        ...(["closed", "silent", "open"] as const).map((name) => {
          const resources = resourcesOf(name);
          return {
            name,
            service: {
              guest: "service-attempt" as const,
              // Those that the machine would carry out are left to the table below.
              args: commands.filter((_, index) => expectationOf(ROWS[index], "service", name)),
              resources,
            },
            component: { guest: "http-attempt" as const, resources },
          };
        }),
      ),
    );
    for (const name of ["closed", "silent", "open"]) await scenario.untilState(name, "completed");
  });
  after(() => stack.disposeAsync());

  for (const row of ROWS) {
    it(`holds for ${row.what}`, async () => {
      const command = row.command
        .replace("GRANTED", String(granted))
        .replace("INGRESS", new URL(scenario.url).port);
      for (const name of ["closed", "silent", "open"] as const) {
        const component = expectationOf(row, "component", name);
        if (component !== undefined) {
          const answer = await scenario.get(name, `/${command.replaceAll(" ", "+")}`);
          assert.equal(answer, `200 ${component}`, `a component of ${name}: ${command}`);
        }
        const service = expectationOf(row, "service", name);
        if (service !== undefined) {
          const asked = row.command.replace("GRANTED", String(granted));
          assert.ok(
            scenario.linesOf(name).includes(`${asked}: ${service}`),
            `a service of ${name} got other than ${service}: ${asked}`,
          );
        }
      }
    });
  }

  function resourcesOf(name: Grant): Readonly<Record<string, unknown>> {
    if (name === "closed") return { allowedHosts: [] };
    if (name === "silent") return {};
    return {
      allowedHosts: ["*"],
      allowedIpNameLookups: ["*.example"],
      allowedHostLoopbackPorts: [`${granted}/tcp`],
    };
  }
});

function expectationOf(
  row: Row | undefined,
  kind: "component" | "service",
  name: Grant,
): string | undefined {
  // A service starts before it can know which port the ingress has.
  if (kind === "service" && row?.command.includes("INGRESS")) return undefined;
  return kind === "service" ? (row?.service ?? row?.component)?.[name] : row?.component[name];
}
