import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { check, load, loadOne, workload } from "./check.ts";

describe("parseYaml", () => {
  const cases: readonly (readonly [string, string, ...string[]])[] = [
    ["an empty file", "", "m.yaml:1:1: The file holds no document"],
    ["a file of comments", "# nothing\n", "m.yaml:1:1: The file holds no document"],
    ["empty documents only", "---\n---\n", "m.yaml:1:1: The file holds no document"],
    ["text instead of a map", "hello\n", "m.yaml:1:1: The document must be a map"],
    ["a list instead of a map", "\n- a: 1\n", "m.yaml:2:1: The document must be a map"],
    ["tabs", "a:\n\tb: 1\n", "m.yaml:2:1: Tabs are not allowed as indentation"],
    ["an open quote", 'a:\n  b: "1\n', 'm.yaml:3:1: Missing closing "quote'],
    [
      "wrong indentation",
      "a: 1\n  b: 2\n",
      "m.yaml:1:4: Nested mappings are not allowed in compact mappings",
    ],
    ["a map as a key", "? { a: 1 }\n: 2\n", "m.yaml:1:3: A key must be text"],
    ["a tag", "a: !secret b\n", "m.yaml:1:4: Unresolved tag: !secret"],
    ["binary", "a: !!binary aGk=\n", "m.yaml:1:4: Unresolved tag: tag:yaml.org,2002:binary"],
    ["YAML 1.1", "%YAML 1.1\n---\na: yes\n", "m.yaml:2:1: YAML 1.1 is not read, 1.2 is"],
    ["an alias of nothing", "a: *b\n", "m.yaml:1:4: The alias *b has no anchor before it"],
    [
      "an alias in itself",
      "a: &a [*a]\n",
      "m.yaml:1:8: The alias *a is inside of what it stands for",
    ],
  ];
  for (const [what, text, ...problems] of cases) {
    it(`tells where there is ${what}`, async () => {
      await check(text, ...problems);
    });
  }

  it("refuses deep nesting of every sort", async () => {
    for (const text of [
      "[".repeat(3000),
      "- ".repeat(3000),
      "{a: ".repeat(3000),
      "- ".repeat(150),
    ]) {
      const { problems, codes } = await load(text);
      assert.deepEqual(codes, ["syntax"]);
      assert.match(String(problems[0]), /The document is nested too deeply$/);
    }
    // Mocha keeps whole stacks of errors, of which the parser makes one a level.
  }).timeout(60_000);

  it("refuses aliases that blow a document up, without holding it", async () => {
    const levels = Array.from({ length: 30 }, (_, index) => {
      return `l${index + 1}: &l${index + 1} [${`*l${index}, `.repeat(10)}]`;
    });
    const { problems } = await load(["l0: &l0 lol", ...levels].join("\n"));
    assert.equal(problems.length, 1);
    assert.match(String(problems[0]), /more than 50000 values, its aliases counted in full$/);
  });

  it("reads aliases, each as what its anchor stands for at that place", async () => {
    const text = workload(
      [
        "service:",
        "  image: &image s.wasm",
        "  args: [&x one, *x, &x two, *x]",
        "components: [{ name: c, image: *image }]",
      ].join("\n"),
    );
    const { service, components } = await loadOne(text);
    assert.deepEqual(service?.args, ["one", "one", "two", "two"]);
    assert.equal(components[0]?.image, service?.image);
  });

  it("tells a mistake in what an alias stands for where it is written", async () => {
    const text = workload(
      "service: { image: s.wasm, localResources: &r { limits: { hang: soon } } }\ncomponents: [{ name: c, image: c.wasm, localResources: *r }]",
    );
    await check(
      text,
      'm.yaml:5:66: spec.service.localResources.limits.hang must be a duration such as 100ms, 5s, 2m or 1h, not "soon"',
      'm.yaml:5:66: spec.components[0].localResources.limits.hang must be a duration such as 100ms, 5s, 2m or 1h, not "soon"',
    );
  });

  it("refuses a key that is given twice, at its second place", async () => {
    const { codes } = await check(
      workload("service:\n  image: s.wasm\n  args: []\n  image: s.wasm"),
      "m.yaml:8:5: spec.service.image is given twice",
    );
    assert.deepEqual(codes, ["duplicate"]);
  });

  it("takes __proto__ for a key like any other", async () => {
    await check(
      workload("service: { image: s.wasm }\n__proto__: { polluted: 1 }"),
      "m.yaml:6:3: spec.__proto__ is unknown",
    );
    const { service } = await loadOne(
      workload(
        "service: { image: s.wasm, localResources: { environment: { config: { __proto__: x } } } }",
      ),
    );
    assert.deepEqual(Object.entries(service?.environment ?? {}), [["__proto__", "x"]]);
  });

  it("says that there are no merge keys", async () => {
    await check(
      workload("service:\n  <<: { image: s.wasm }\n  image: s.wasm"),
      'm.yaml:6:5: spec.service["<<"] is unknown: YAML 1.2 has no merge keys, an alias can stand for a whole map',
    );
  });

  it("reads the other documents of a file with a broken one, and does not miss what it may hold", async () => {
    await check(
      `${workload("service: { image: s.wasm, port: 1, localResources: { environment: { configFrom: [{ name: settings }] } } }")}\n---\n"`,
      'm.yaml:5:29: spec.service.port is unknown (did you mean "ports"?)',
      'm.yaml:7:2: Missing closing "quote',
    );
  });

  it("skips empty documents between others", async () => {
    await loadOne(`---\n# first\n---\n${workload("service: { image: s.wasm }")}\n---\n`);
  });

  it("reads JSON that is indented with tabs, and a byte order mark", async () => {
    const document = {
      apiVersion: "runtime.wasmcloud.dev/v1alpha1",
      kind: "Workload",
      metadata: { name: "leet" },
      spec: { service: { image: "s.wasm" } },
    };
    const { location } = await loadOne({
      "m.json": `\uFEFF${JSON.stringify(document, null, "\t")}`,
    });
    assert.deepEqual(location, { file: "m.json", line: 5, column: 11 });
  });

  it("reads 1.2's booleans only, so that `no` and `on` are text", async () => {
    const { service } = await loadOne(
      workload("service: { image: s.wasm, args: [no, on, yes, 1_000, 0777x] }"),
    );
    assert.deepEqual(service?.args, ["no", "on", "yes", "1_000", "0777x"]);
  });

  it("keeps control characters out of messages", async () => {
    await check(
      workload('service: { image: s.wasm }\n"\\e[31mred": 1'),
      'm.yaml:6:3: spec["\\u001b[31mred"] is unknown',
    );
    await check(
      workload('service: { image: "./\\e[31m.wasm" }'),
      "m.yaml:5:21: spec.service.image: ./\\u001b[31m.wasm does not exist (looked for in .)",
    );
  });
});
