import assert from "node:assert/strict";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, it } from "mocha";
import { DEFAULT_LIMITS } from "../../../host/ingress/http/limits.ts";
import { configPathBeside, type TextCheck } from "../../../host/manifest/host-config-file.ts";
import schema from "../../../manifests/islet.schema.json" with { type: "json" };
import { check, load, service } from "./check.ts";
import { directory, problemsOf, read } from "./config-lab.ts";

describe("manifests/islet.schema.json", () => {
  it("is a schema that ajv takes as a whole in strict mode", () => {
    const ajv = new Ajv({ strict: true, allowUnionTypes: true });
    ajv.addVocabulary(["patternErrorMessage"]);
    assert.equal(typeof ajv.compile(schema), "function");
  });

  it("has all limits of the ingress", () => {
    const { properties } = schema.definitions.HttpLimits;
    assert.deepEqual(Object.keys(properties).toSorted(), Object.keys(DEFAULT_LIMITS).toSorted());
  });
});

describe("loadHostConfig", () => {
  it("says nothing for a file of comments", async () => {
    for (const text of ["", "# http: { address: 8000 }\n\n---\n  # more\n", "{}"]) {
      const config = await read(text);
      assert.equal(config.http.address, undefined);
      assert.deepEqual(config.http.limits, {});
      assert.equal(config.https, undefined);
      assert.deepEqual(config.forwards, []);
      assert.deepEqual(config.quotas, {});
      assert.deepEqual(config.forwardPorts, {
        autoPorts: undefined,
        blockedPorts: undefined,
        allowPrivileged: undefined,
      });
    }
  });

  it("keeps standard output and a socket's name as they are", async () => {
    const config = await read("http: { accessLog: '-' }\napi: { socket: second }");
    assert.equal(config.http.accessLog, "-");
    assert.equal(config.api.socket, "second");
  });

  const wrong: readonly (readonly [string, string, ...string[]])[] = [
    [
      "an unknown key, with the one that was meant",
      "http:\n  adress: '8000'",
      'islet.yaml:2:3: http.adress is unknown (did you mean "address"?)',
    ],
    ["a key like no other", "zebra: 1", "islet.yaml:1:1: zebra is unknown"],
    [
      "a key in another spelling",
      "firecase: { maxForwardedPorts: 3 }",
      'islet.yaml:1:13: firecase.maxForwardedPorts is unknown (did you mean "max_forwarded_ports"?)',
    ],
    [
      "a number for an address",
      "http: { address: 8000 }",
      "islet.yaml:1:18: http.address must be text, not 8000 (put it in quotes)",
    ],
    [
      "text for a truth value",
      "api: { enabled: 'no' }",
      "islet.yaml:1:17: api.enabled must be true or false, not text",
    ],
    ["nothing for a map", "http:", "islet.yaml:1:1: http must be a map, but it is empty"],
    ["a list for the whole", "- http", "islet.yaml:1:1: The document must be a map"],
    [
      "a key given twice",
      "http: { address: '1' }\nlogs: {}\nhttp: { address: '2' }",
      "islet.yaml:3:1: http is given twice",
    ],
    [
      "a second document",
      "logs: {}\n---\nlogs: {}",
      "islet.yaml:3:1: The file must be one document",
    ],
    [
      "https without certificates",
      "https: { address: '8443' }",
      "islet.yaml:1:1: https.certificates is missing",
    ],
    [
      "no certificates",
      "https: { address: '8443', certificates: [] }",
      "islet.yaml:1:41: https.certificates must not be an empty list",
    ],
    [
      "files that are not there",
      "egress: { httpClientCa: gone.pem }\napi: { tokenFile: . }",
      "islet.yaml:1:25: egress.httpClientCa: gone.pem does not exist",
      "islet.yaml:2:19: api.tokenFile: . is a directory, not a file",
    ],
    [
      "ranges that are none",
      "forwardPorts: { auto: 5-3, blocked: [0, 70000, 'x', 1-99999] }",
      'islet.yaml:1:23: forwardPorts.auto: "5-3" has a range that ends before it begins',
      "islet.yaml:1:38: forwardPorts.blocked[0] must be 1 or more, not 0",
      "islet.yaml:1:41: forwardPorts.blocked[1] must be at most 65535, not 70000",
      'islet.yaml:1:48: forwardPorts.blocked[2] must be a port, or a range such as 5000-5010, not "x"',
      'islet.yaml:1:53: forwardPorts.blocked[3]: "1-99999" has a port above 65535',
    ],
    [
      "quotas out of bounds",
      "quotas: { sockets: 0, files: 1e12, bufferedBytes: 9999999999Gi }",
      "islet.yaml:1:20: quotas.sockets must be 1 or more, not 0",
      "islet.yaml:1:30: quotas.files must be at most 1000000, not 1000000000000",
      "islet.yaml:1:51: quotas.bufferedBytes must be at most 1024Gi, not 9999999999Gi",
    ],
    [
      "limits of the wrong unit",
      "http: { limits: { headerSize: 5s, stallTimeout: 5Ki, queueTimeout: 0s } }",
      'islet.yaml:1:31: http.limits.headerSize must be a size such as 64Ki, 16Mi or 1Gi, not "5s"',
      'islet.yaml:1:49: http.limits.stallTimeout must be a duration such as 100ms, 5s, 2m or 1h, not "5Ki"',
      "islet.yaml:1:68: http.limits.queueTimeout must be at least 1ms, not 0s",
    ],
  ];
  for (const [name, text, ...problems] of wrong) {
    it(`refuses ${name}`, async () => {
      assert.deepEqual(await problemsOf(text), problems);
    });
  }

  it("refuses what is no YAML, no text, too large or too long a list", async () => {
    assert.match((await problemsOf("http: [")).join("\n"), /^islet\.yaml:\d+:\d+: /);
    assert.deepEqual(await problemsOf(new Uint8Array([0xff, 0xfe])), [
      "islet.yaml:1:1: The file is not UTF-8 text",
    ]);
    assert.deepEqual(await problemsOf("#".repeat(2 ** 20 + 1)), [
      "islet.yaml:1:1: The file is larger than 1048576 bytes",
    ]);
    assert.deepEqual(await problemsOf(`forwards: [${"'1:1',".repeat(1001)}]`), [
      "islet.yaml:1:11: forwards must have at most 1000 entries, not 1001",
    ]);
  });

  it("writes each blocked port once, however often it is in a range", async () => {
    const ranges = Array.from({ length: 100 }, () => "1-65535").join();
    const config = await read(`forwardPorts: { blocked: [${ranges}] }`);
    assert.equal(config.forwardPorts.blockedPorts?.length, 65_535);
  });

  it("asks what texts have to be of whoever knows, of lists one by one", async () => {
    const checks: Record<string, TextCheck> = {
      "http.address": (text) => (text === "good" ? undefined : `must be good, not ${text}`),
      forwards: (text, { api }) => (text === api.socket ? undefined : "must be the socket"),
    };
    const text = "http: { address: bad }\nforwards: [one, two, 3]\napi: { socket: two }";
    assert.deepEqual(await problemsOf(text, checks), [
      "islet.yaml:1:18: http.address must be good, not bad",
      "islet.yaml:2:12: forwards[0] must be the socket",
      "islet.yaml:2:22: forwards[2] must be text, not 3 (put it in quotes)",
    ]);
  });
});

describe("configPathBeside", () => {
  it("is in a directory, or beside a file, whether or not it is there", async () => {
    await using place = await directory({ "manifests/shop.yaml": "" });
    const expected = join(place.path, "manifests", "islet.yaml");
    assert.equal(await configPathBeside("manifests", place.path), expected);
    assert.equal(await configPathBeside("manifests/shop.yaml", place.path), expected);
    assert.equal(await configPathBeside("manifests/gone.yaml", place.path), expected);
  });
});

describe("loadManifests", () => {
  const files = { "m.yaml": service(""), "islet.yaml": "http: {}" };

  it("does not take the host's configuration for a manifest", async () => {
    assert.equal((await load(files, ["."])).workloads.length, 1);
    assert.equal((await load(files, ["islet.yaml", "m.yaml"])).workloads.length, 1);
  });

  it("says so where nothing else is there", async () => {
    await check(
      { "islet.yaml": "http: {}" },
      "islet.yaml:1:1: The file configures a host and holds no manifest",
    );
    const { problems } = await load({ "islet.yaml": "http: {}" }, ["."]);
    assert.deepEqual(problems, [
      ".:1:1: The directory holds no manifest (*.yaml, *.yml or *.json)",
    ]);
  });
});
