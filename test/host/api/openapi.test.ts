import assert from "node:assert/strict";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { after, before, describe, it } from "mocha";
import type { DecisionRecord } from "../../../policy/decision-log.ts";
import { type Json, manifest, serve, type ServedApi } from "./served.ts";

/** All routes of interfaces.md that are there. */
const ROUTES = [
  "GET /v1/workloads",
  "POST /v1/workloads",
  "GET /v1/workloads/{id}",
  "DELETE /v1/workloads/{id}",
  "POST /v1/workloads/{id}/start",
  "POST /v1/workloads/{id}/stop",
  "POST /v1/workloads/{id}/restart",
  "GET /v1/workloads/{id}/logs",
  "GET /v1/workloads/{id}/listeners",
  "GET /v1/workloads/{id}/decisions",
  "GET /v1/workloads/{id}/endpoints",
  "POST /v1/workloads/{id}/explain",
  "GET /v1/events",
  "GET /healthz",
  "GET /readyz",
  "GET /openapi.json",
];

interface Operation {
  readonly name: string;
  readonly path: string;
  readonly document: Json;
}

describe("the OpenAPI document", () => {
  let api: ServedApi;
  let document: Json;

  before(async () => {
    api = await serve();
    ({ json: document } = await api.call("GET", "/openapi.json"));
  });
  after(() => api[Symbol.asyncDispose]());

  function operations(): Operation[] {
    return Object.entries<Json>(document.paths).flatMap(([path, item]) =>
      Object.entries<Json>(item).map(([method, operation]) => ({
        name: `${method.toUpperCase()} ${path}`,
        path,
        document: operation,
      })),
    );
  }

  it("is of version 3.1 and has all routes", () => {
    assert.equal(document.openapi, "3.1.0");
    assert.equal(document.info.title, "Islet");
    const names = new Set(operations().map(({ name }) => name));
    for (const route of ROUTES) assert.ok(names.has(route), route);
  });

  it("has for each a unique ID, a summary, a tag that is declared, answers and its parameters", () => {
    const tags = new Set(document.tags.map(({ name }: { name: string }) => name));
    const ids = new Set<string>();
    for (const { name, path, document: operation } of operations()) {
      assert.match(operation.operationId, /^[a-z][A-Za-z]+$/, name);
      assert.ok(!ids.has(operation.operationId), name);
      ids.add(operation.operationId);
      assert.ok(operation.summary, name);
      for (const tag of operation.tags) assert.ok(tags.has(tag), `${name} ${tag}`);
      const statuses = Object.keys(operation.responses);
      assert.ok(
        statuses.some((status) => /^2\d\d$/.test(status)),
        name,
      );
      for (const status of statuses) assert.match(status, /^([1-5]\d\d|[1-5]XX|default)$/, name);
      for (const response of Object.values<Json>(operation.responses)) {
        assert.equal(typeof response.description, "string", name);
      }
      const declared = (operation.parameters ?? [])
        .filter((parameter: Json) => parameter.in === "path")
        .map((parameter: Json) => parameter.name);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      assert.deepEqual(declared, inPath, name);
    }
  });

  it("refers to nothing that is not there", () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)];
    assert.ok(references.length > 10);
    for (const [, reference = ""] of references) {
      const target = reference
        .replace(/^#\//, "")
        .split("/")
        .reduce((value: Json, key) => value?.[key], document);
      assert.ok(target !== undefined, reference);
    }
  });

  it("has schemas that mean something (JSON Schema 2020-12)", () => {
    for (const [name, schema] of Object.entries<Json>(document.components.schemas)) {
      assert.ok(ajv().validateSchema(schema), name);
    }
  });

  it("says what is answered", async () => {
    const record: DecisionRecord = {
      guest: "web",
      use: "lookup",
      address: undefined,
      name: "a.example",
      rule: "not-allowed",
      outcome: "deny",
      reason: "No entry",
      count: 1,
      first: 0,
      last: 0,
    };
    api.host.decisionRecords = [record];
    api.host.listenerStatuses = [{ replica: 0, protocol: "tcp", address: "127.0.0.1:1" }];
    const manifests = [{ name: join(api.directory, "a.yaml"), text: manifest("one") }];
    const one = "/v1/workloads/one";
    api.host.log("line");
    const question = { use: "tcp-connect", address: "10.0.0.1:1" };
    await check("POST", "/v1/workloads", "/v1/workloads", { manifests });
    await check("POST", "/v1/workloads", "/v1/workloads", {});
    await check("GET", "/v1/workloads", "/v1/workloads");
    await check("GET", one, "/v1/workloads/{id}");
    await check("GET", "/v1/workloads/two", "/v1/workloads/{id}");
    await check("POST", `${one}/restart`, "/v1/workloads/{id}/restart", {});
    for (const topic of ["logs", "decisions", "listeners", "endpoints"]) {
      await check("GET", `${one}/${topic}`, `/v1/workloads/{id}/${topic}`);
    }
    await check("POST", `${one}/explain`, "/v1/workloads/{id}/explain", question);
    await check("GET", "/healthz", "/healthz");
    await check("GET", "/readyz", "/readyz");
    await check("GET", "/openapi.json", "/openapi.json");
  });

  /** Asserts that the answer has the shape that the document says. */
  async function check(
    method: "GET" | "POST",
    url: string,
    path: string,
    body?: unknown,
  ): Promise<void> {
    const answer = await api.call(method, url, body);
    const { responses } = document.paths[path][method.toLowerCase()];
    const response = responses[answer.status] ?? responses[`${String(answer.status)[0]}XX`];
    const type = answer.headers["content-type"]?.toString().split(";")[0] ?? "";
    const schema = response?.content?.[type]?.schema;
    assert.ok(schema, `${method} ${path} answers ${answer.status} ${type}`);
    const validator = ajv();
    const text = JSON.stringify({ ...schema, components: document.components });
    const isValid = validator.validate(JSON.parse(text), answer.json);
    assert.ok(isValid, `${method} ${path}: ${validator.errorsText()}`);
  }
});

function ajv(): Ajv2020 {
  return new Ajv2020({ strict: false, validateFormats: false });
}
