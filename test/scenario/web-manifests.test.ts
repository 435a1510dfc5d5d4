import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { call } from "../support/http-call.ts";
import { type PublishedIslet, startPublished } from "../support/published.ts";
import { buildTemplate } from "../support/template.ts";

describe("the manifests with web servers as services", function () {
  this.timeout(120_000);
  let islet: PublishedIslet;

  before(async () => {
    await buildTemplate("service-web");
    islet = await startPublished("three-webs", "service-web");
  });
  after(() => islet?.[Symbol.asyncDispose]());

  for (const name of ["one", "two", "three"]) {
    it(`have the same port inside three times, and ${name} at a port of the machine`, async () => {
      const response = await fetch(`http://127.0.0.1:${islet.portOf(`web-${name}`)}/`);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), `Hello from ${name}\n`);
    });
  }

  it("answer behind a route, which leads to the port of the service", async () => {
    const { status, text } = await call(`${islet.url}/`, { host: "web.localhost" });
    assert.deepEqual([status, text], [200, "Hello from web\n"]);
    const missing = await call(`${islet.url}/none`, { host: "web.localhost" });
    assert.equal(missing.status, 404);
  });
});
