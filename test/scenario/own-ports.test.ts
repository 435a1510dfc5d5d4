import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { after, before, describe, it } from "mocha";
import { parsePublish } from "../../host/network/publish.ts";
import { Scenario } from "../support/scenario.ts";

/** With everything granted that can be granted: the host's flag, the ports and every host. */
describe("the ports of the host itself, through host.wasmcloud.internal", function () {
  this.timeout(30_000);
  let scenario: Scenario;
  let stranger: Server;
  before(async () => {
    const settings = {
      policy: { hostLoopback: true, denyPrivate: false },
      resolver: undefined,
      ca: [],
    };
    scenario = await Scenario.startWith(settings, { name: "echo", service: { guest: "tcp-echo" } });
    stranger = createServer((socket) => socket.end("+STRANGER\r\n")).listen(0, "127.0.0.1");
    await once(stranger, "listening");
  });
  after(async () => {
    stranger.close();
    await scenario[Symbol.asyncDispose]();
  });

  /** What a guest with a grant for `port` gets that asks there. */
  async function ask(name: string, port: number): Promise<string> {
    const resources = { allowedHosts: ["*"], allowedHostLoopbackPorts: [`${port}/tcp`] };
    await scenario.apply({ name, component: { guest: "http-reach", resources } });
    return await scenario.get(name, `/ask?host=127.255.255.254&port=${port}&line=PING`);
  }

  it("include another workload's forward", async () => {
    const forward = { publish: parsePublish("auto"), protocol: "tcp", port: 7777 } as const;
    const { outsides } = await scenario.host.forwards.add("echo", forward);
    const [outside] = outsides;
    assert(outside?.tag === "port");
    assert.match(await ask("to-forward", outside.port), /^\d+ access-denied$/);
    await scenario.until(() =>
      scenario.host
        .decisions("to-forward")
        .some(({ outcome, rule }) => outcome === "deny" && rule === "host-owned-port"),
    );
  });

  it("include the ingress and what an API listens on", async () => {
    assert.match(await ask("to-ingress", scenario.host.http.port), /^\d+ access-denied$/);
    using _ = scenario.host.ownPort("tcp", portOf(stranger));
    assert.match(await ask("to-api", portOf(stranger)), /^\d+ access-denied$/);
  });

  it("are no others", async () => {
    assert.equal(await ask("to-stranger", portOf(stranger)), "200 +STRANGER");
  });
});

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
