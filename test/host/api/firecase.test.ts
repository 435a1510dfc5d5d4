import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { ForwardError } from "../../../host/ingress/forward/error.ts";
import { ADMIN_TOKEN, manifest, serve, type ServedApi } from "./served.ts";

const PATH = "/instances/one/port-forwards";

describe("Firecase's routes", () => {
  let api: ServedApi;
  let id: string;

  beforeEach(async () => {
    api = await serve({ firecase: { hostname: "compute-1.example.com" } });
    const manifests = [{ name: join(api.directory, "a.yaml"), text: manifest("one") }];
    await api.call("POST", "/v1/workloads", { manifests });
    await api.call("POST", "/v1/workloads/one/start", {});
    ({ id } = api.host.get("one"));
  });
  afterEach(() => api[Symbol.asyncDispose]());

  it("create, list and delete, in Firecase's shapes", async () => {
    assert.deepEqual((await api.callTcp("GET", PATH)).json, { port_forwards: [] });
    const body = { guest_port: 3000, protocol: "tcp", label: "dev-server" };
    const { status, json } = await api.callTcp("POST", PATH, body);
    assert.equal(status, 201);
    const { id: forward, host_port: hostPort } = json.port_forward;
    assert.deepEqual(json, {
      port_forward: {
        id: forward,
        instance_id: id,
        guest_port: 3000,
        host_port: hostPort,
        protocol: "tcp",
        label: "dev-server",
      },
      hostname: "compute-1.example.com",
    });
    assert.deepEqual((await api.callTcp("GET", PATH)).json, {
      port_forwards: [json.port_forward],
    });
    const gone = await api.callTcp("DELETE", `${PATH}/${forward}`);
    assert.deepEqual([gone.status, gone.text], [204, ""]);
    assert.equal((await api.callTcp("DELETE", `${PATH}/${forward}`)).status, 404);
    assert.deepEqual((await api.callTcp("GET", PATH)).json, { port_forwards: [] });
  });

  it("need neither protocol nor label, and take the ID for the instance", async () => {
    const path = `/instances/${id}/port-forwards`;
    const { status, json } = await api.callTcp("POST", path, { guest_port: 3000 });
    assert.equal(status, 201);
    assert.deepEqual([json.port_forward.protocol, json.port_forward.label], ["tcp", null]);
  });

  it("show what was forwarded otherwise, if it is a port for TCP", async () => {
    const forwards = "/v1/workloads/one/forwards";
    await api.call("POST", forwards, { port: 1, publish: "8080" });
    await api.call("POST", forwards, { port: 2, protocol: "udp" });
    await api.call("POST", forwards, { port: 3, publish: "unix:/tmp/x.sock" });
    const { json } = await api.callTcp("GET", PATH);
    assert.deepEqual(
      json.port_forwards.map((forward: { guest_port: number }) => forward.guest_port),
      [1],
    );
  });

  const refused: [string, unknown, number, RegExp][] = [
    ["port 22", { guest_port: 22 }, 403, /22 is never forwarded/],
    ["a privileged port", { guest_port: 80 }, 403, /below 1024/],
    ["an unknown protocol", { guest_port: 3000, protocol: "udp" }, 422, /"udp" cannot/],
    ["port 0", { guest_port: 0 }, 422, /0 is no port/],
    ["a port too large", { guest_port: 65_536 }, 422, /65536 is no port/],
    ["a port below zero", { guest_port: -1 }, 422, /-1 is no port/],
    ["no port", {}, 400, /guest_port/],
    ["a port that is no number", { guest_port: "3000" }, 400, /guest_port/],
    ["a fraction", { guest_port: 3000.5 }, 400, /guest_port/],
    ["a port that the client picks", { guest_port: 3000, host_port: 8080 }, 400, /host_port/],
    ["a label without end", { guest_port: 3000, label: "x".repeat(129) }, 400, /label/],
    ["no object", "[]", 400, /body/],
  ];
  for (const [what, body, status, message] of refused) {
    it(`refuse ${what}`, async () => {
      const answer = await api.callTcp("POST", PATH, body);
      assert.equal(answer.status, status);
      assert.equal(answer.headers["content-type"], "application/problem+json");
      assert.match(answer.json.detail, message);
      assert.deepEqual(api.host.forwards.all, []);
    });
  }

  it("give ports below 1024 to the administrator, but never 22", async () => {
    const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };
    assert.equal((await api.callTcp("POST", PATH, { guest_port: 80 }, admin)).status, 201);
    assert.equal((await api.callTcp("POST", PATH, { guest_port: 22 }, admin)).status, 403);
    assert.equal((await api.call("POST", PATH, { guest_port: 80 })).status, 201);
    assert.equal((await api.call("POST", PATH, { guest_port: 22 })).status, 403);
  });

  it("know only workloads that there are", async () => {
    const path = "/instances/two/port-forwards";
    for (const answer of [
      await api.callTcp("GET", path),
      await api.callTcp("POST", path, { guest_port: 3000 }),
      await api.callTcp("DELETE", `${path}/x`),
    ]) {
      assert.equal(answer.status, 404);
    }
  });

  it("forward to what runs only", async () => {
    await api.call("POST", "/v1/workloads/one/stop", {});
    const { status, json } = await api.callTcp("POST", PATH, { guest_port: 3000 });
    assert.equal(status, 409);
    assert.match(json.detail, /has to be running/);
  });

  it("open five for a workload, also where ten are asked for at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.callTcp("POST", PATH, { guest_port: 3000 })),
    );
    const count = (status: number): number =>
      answers.filter((answer) => answer.status === status).length;
    assert.deepEqual([count(201), count(429)], [5, 5]);
    const first = answers.find(({ status }) => status === 201);
    await api.callTcp("DELETE", `${PATH}/${first?.json.port_forward.id}`);
    assert.equal((await api.callTcp("POST", PATH, { guest_port: 3000 })).status, 201);
    assert.equal((await api.callTcp("POST", PATH, { guest_port: 3000 })).status, 429);
  });

  it("count no forward that could not be opened, or that was made otherwise", async () => {
    await api.call("POST", "/v1/workloads/one/forwards", { port: 1 });
    api.host.forwards.failure = new ForwardError("conflict", "No port is free");
    assert.equal((await api.callTcp("POST", PATH, { guest_port: 3000 })).status, 409);
    api.host.forwards.failure = undefined;
    for (let round = 0; round < 5; round++) {
      assert.equal((await api.callTcp("POST", PATH, { guest_port: 3000 })).status, 201);
    }
  });

  it("ask for the token", async () => {
    const stranger = { authorization: "Bearer the-token-of-a-stranger" };
    assert.equal((await api.callTcp("GET", PATH, undefined, stranger)).status, 401);
    const missing = { authorization: undefined };
    assert.equal((await api.callTcp("POST", PATH, { guest_port: 3000 }, missing)).status, 401);
  });
});
