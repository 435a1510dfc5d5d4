import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { PostgresServer, postgresPrograms } from "../support/postgres-server.ts";
import { Scenario } from "../support/scenario.ts";

describe("a database on the machine's loopback", function () {
  this.timeout(60_000);

  it("answers the guest that is granted its port, and nobody else", async function () {
    if (postgresPrograms === undefined) {
      console.log("    skipped: no PostgreSQL here (Debian: apt install postgresql)");
      this.skip();
    }
    await using postgres = await PostgresServer.start(postgresPrograms);
    const { port } = postgres;
    const resources = { allowedHosts: [], allowedHostLoopbackPorts: [`${port}/tcp`] };
    await using scenario = await Scenario.startWith(
      { policy: { hostLoopback: true, denyPrivate: false }, resolver: undefined },
      { name: "shop", component: { guest: "http-reach", resources } },
      { name: "other", component: { guest: "http-reach" } },
    );
    const target = `/postgres?host=127.255.255.254&port=${port}&user=islet`;
    assert.equal(await scenario.get("shop", target), "200 42");
    assert.equal(await scenario.get("other", target), "502 access-denied");
  });
});
