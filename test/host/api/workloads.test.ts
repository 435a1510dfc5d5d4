import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { ApplyError } from "../../../host/workload/apply-error.ts";
import { OperationError } from "../../../host/workload/operation-error.ts";
import { type Answer, manifest, serve, type ServedApi } from "./served.ts";

describe("the routes of workloads", () => {
  let api: ServedApi;

  beforeEach(async () => {
    api = await serve();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  function apply(...texts: readonly string[]): Promise<Answer> {
    const manifests = texts.map((text, index) => ({
      name: join(api.directory, `${index}.yaml`),
      text,
    }));
    return api.call("POST", "/v1/workloads", { manifests });
  }

  it("lists nothing where there is nothing", async () => {
    assert.deepEqual((await api.call("GET", "/v1/workloads")).json, { workloads: [] });
  });

  it("applies manifests and tells what became of each, and of what their author should know", async () => {
    const skipped = "apiVersion: v1\nkind: Service\nmetadata: { name: web }";
    const { status, json } = await apply(manifest("one"), `${manifest("two")}\n---\n${skipped}`);
    assert.equal(status, 200);
    assert.deepEqual(
      json.applied.map((each: { outcome: string; workload: { name: string } }) => [
        each.outcome,
        each.workload.name,
      ]),
      [
        ["created", "one"],
        ["created", "two"],
      ],
    );
    assert.equal(json.notices.length, 1);
    assert.equal(json.notices[0].file, join(api.directory, "1.yaml"));
    assert.match(json.notices[0].detail, /Service "web"/);
    assert.deepEqual(api.host.calls, ["apply one two wait=true"]);
  });

  it("answers 202 where it is not to wait", async () => {
    const manifests = [{ name: join(api.directory, "a.yaml"), text: manifest("one") }];
    const answer = await api.call("POST", "/v1/workloads", { manifests, wait: false });
    assert.equal(answer.status, 202);
    assert.deepEqual(api.host.calls, ["apply one wait=false"]);
  });

  it("takes one resource as JSON, with absolute images", async () => {
    const resource = {
      apiVersion: "runtime.wasmcloud.dev/v1alpha1",
      kind: "Workload",
      metadata: { name: "one" },
      spec: { service: { image: join(api.directory, "s.wasm") } },
    };
    const answer = await api.call("POST", "/v1/workloads?wait=false", resource);
    assert.equal(answer.status, 202, answer.text);
    assert.deepEqual(api.host.calls, ["apply one wait=false"]);
    const relative = { ...resource, spec: { service: { image: "./s.wasm" } } };
    const refused = await api.call("POST", "/v1/workloads", relative);
    problem(refused, "invalid-manifest", 422);
    assert.match(
      refused.json.errors[0].detail,
      /^spec\.service\.image: \.\/s\.wasm does not exist/,
    );
  });

  it("tells all mistakes of all manifests with their places, and applies nothing", async () => {
    const answer = await apply(
      manifest("one").replace("service:", "servise:"),
      manifest("two").replace("s.wasm", "missing.wasm"),
      "a: [",
    );
    assert.match(problem(answer, "invalid-manifest", 422), /nothing was applied$/);
    const places = answer.json.errors.map((each: { file: string; line: number }) => [
      each.file.slice(api.directory.length),
      each.line,
    ]);
    assert.deepEqual(places, [
      ["/0.yaml", 6],
      ["/1.yaml", 6],
      ["/2.yaml", 1],
    ]);
    assert.match(answer.json.errors[0].detail, /^spec\.servise is unknown/);
    assert.equal(answer.json.errors[0].code, "unknown-key");
    assert.deepEqual(api.host.calls, []);
  });

  it("tells why a workload cannot run", async () => {
    api.host.failure = new ApplyError([new Error("a.yaml:1:1: it is no component")]);
    const answer = await apply(manifest("one"));
    problem(answer, "cannot-run", 422);
    assert.deepEqual(answer.json.errors, [{ detail: "a.yaml:1:1: it is no component" }]);
  });

  it("says that a host stops, and keeps faults of the host to itself", async () => {
    api.host.failure = new OperationError("closed", "The host is stopping");
    assert.equal(problem(await apply(manifest("one")), "closed", 503), "The host is stopping");
    api.host.failure = new Error("the password is hush");
    const answer = await apply(manifest("one"));
    problem(answer, "internal", 500);
    assert.ok(!answer.text.includes("hush"));
    assert.equal(api.errors.length, 1);
  });

  const bodies: readonly (readonly [string, unknown, RegExp])[] = [
    ["nothing", "", /must have required property 'manifests'/],
    ["no object", [], /The body must be object/],
    ["null", "null", /The body must be object/],
    ["text", '"a"', /The body must be object/],
    ["half of JSON", '{"manifests": [', /The body is not JSON/],
    ["no manifests", { manifests: [] }, /must NOT have fewer than 1 items/],
    ["too many of them", { manifests: Array.from({ length: 1001 }, () => ({})) }, /more than 1000/],
    ["an unknown key", { manifests: [], wiat: true }, /\/wiat is unknown here/],
    ["a manifest without text", { manifests: [{ name: "/a" }] }, /'text'/],
    [
      "a number for a text",
      { manifests: [{ name: "/a", text: 5 }] },
      /\/manifests\/0\/text must be string/,
    ],
    [
      "a text for a boolean",
      { manifests: [{ name: "/a", text: "" }], wait: "no" },
      /\/wait must be boolean/,
    ],
    ["a relative name", { manifests: [{ name: "a.yaml", text: "" }] }, /must be an absolute path/],
    ["no name", { manifests: [{ name: "", text: "" }] }, /must be an absolute path/],
    ["a name with a NUL", { manifests: [{ name: "/a\0", text: "" }] }, /must not have a NUL/],
    [
      "a name twice",
      {
        manifests: [
          { name: "/a", text: "" },
          { name: "/a", text: "" },
        ],
      },
      /\/manifests\/1\/name is given twice/,
    ],
    ["a huge name", { manifests: [{ name: `/${"a".repeat(5000)}`, text: "" }] }, /4096 characters/],
  ];
  for (const [title, body, message] of bodies) {
    it(`refuses a body with ${title}`, async () => {
      const answer = await api.call("POST", "/v1/workloads", body);
      assert.match(problem(answer, "invalid-request", 400), message);
      assert.deepEqual(api.host.calls, []);
    });
  }

  for (const manifests of ["x", [null], [{ name: 5 }], { length: 1 }]) {
    it(`takes what has a kind for a resource, whatever its manifests: ${JSON.stringify(manifests)}`, async () => {
      const body = { kind: "Workload", manifests, wait: "no" };
      const answer = await api.call("POST", "/v1/workloads", body);
      problem(answer, "invalid-manifest", 422);
      assert.deepEqual(api.errors, []);
    });
  }

  it("takes no prototype from a body", async () => {
    const answer = await api.call("POST", "/v1/workloads", '{"__proto__": {"manifests": []}}');
    problem(answer, "invalid-request", 400);
    assert.deepEqual(
      answer.json.errors.map(({ pointer }: { pointer: string }) => pointer),
      ["", "/__proto__"],
    );
  });

  it("gives a workload by ID, by namespace/name and by name", async () => {
    const { json } = await apply(manifest("one", "shop"));
    const { id } = json.applied[0].workload;
    for (const reference of [id, "shop%2Fone", "one"]) {
      assert.deepEqual((await api.call("GET", `/v1/workloads/${reference}`)).json.id, id);
    }
  });

  it("tells names of variables, but no values", async () => {
    const { text, json } = await apply(manifest("one"));
    assert.deepEqual(json.applied[0].workload.guests[0].environment, ["SECRET"]);
    assert.ok(!text.includes("hush"));
  });

  it("tells of a workload that is not there, or that is several", async () => {
    problem(await api.call("GET", "/v1/workloads/one"), "not-found", 404);
    problem(await api.call("DELETE", "/v1/workloads/one"), "not-found", 404);
    await apply(manifest("one"), manifest("one", "shop"));
    problem(await api.call("GET", "/v1/workloads/one"), "ambiguous", 409);
  });

  for (const reference of ["%2e%2e", "%00", "a%2Fb%2Fc", "x".repeat(700), "%F0%9F%8C%B4"]) {
    it(`finds nothing at ${reference.slice(0, 20)}`, async () => {
      problem(await api.call("GET", `/v1/workloads/${reference}`), "not-found", 404);
    });
  }

  it("refuses a reference that is no text", async () => {
    problem(await api.call("GET", "/v1/workloads/%ff"), "invalid-request", 400);
    problem(await api.call("GET", "/v1/workloads/%zz"), "invalid-request", 400);
  });

  it("deletes a workload once", async () => {
    await apply(manifest("one"));
    const answer = await api.call("DELETE", "/v1/workloads/one?gracePeriod=2s");
    assert.equal(answer.status, 204);
    assert.equal(answer.text, "");
    assert.equal(api.host.calls.at(-1), "delete grace=2000 one");
    problem(await api.call("DELETE", "/v1/workloads/one"), "not-found", 404);
  });

  it("refuses unknown parameters, repeated ones and those that mean nothing", async () => {
    await apply(manifest("one"));
    const queries = ["gracePeriod=2", "gracePeriod=-1s", "gracePeriod=9999999999h", "grace=1s"];
    for (const query of [...queries, "gracePeriod=1s&gracePeriod=2s"]) {
      problem(await api.call("DELETE", `/v1/workloads/one?${query}`), "invalid-request", 400);
    }
    problem(await api.call("GET", "/v1/workloads?limit=1"), "invalid-request", 400);
  });

  it("says what a path takes, and where there is none", async () => {
    const wrong = await api.call("PUT", "/v1/workloads/one", {});
    assert.match(problem(wrong, "method-not-allowed", 405), /takes DELETE, GET, not PUT/);
    assert.equal(wrong.headers.allow, "DELETE, GET");
    for (const path of ["/", "/v1", "/v2/workloads", "/v1/workloads/a/b", "/v1/workloads//start"]) {
      problem(await api.call("GET", path), "not-found", 404);
    }
  });
});

function problem({ json, status, headers }: Answer, code: string, expected: number): string {
  assert.equal(status, expected, JSON.stringify(json));
  assert.equal(headers["content-type"], "application/problem+json");
  assert.equal(json.type, `https://islet.dev/problems/${code}`);
  assert.equal(json.status, expected);
  assert.equal(typeof json.title, "string");
  return json.detail;
}
