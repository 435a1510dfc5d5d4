import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentWit } from "@bytecodealliance/jco-transpile/wasm-tools";
import { after, before, describe, it } from "mocha";
import { createComponentizer, type Componentizer } from "../../../host/engine/componentize.ts";
import {
  ComponentizeError,
  type ComponentizeErrorCode,
} from "../../../host/engine/componentize-error.ts";

const TEMPLATE = join(import.meta.dirname, "..", "..", "..", "templates", "service-tcp");

const WORLDS = `
package test:guests;
interface counter { next: func() -> u64; }
world guest { import wasi:io/poll@0.2.12; export wasi:cli/run@0.2.12; }
world library { import counter; export greet: func(name: string) -> string; export counter; }
`;

describe("Componentizer", function () {
  this.timeout(120_000);
  let projectDir: string;
  let componentizer: Componentizer;

  before(async () => {
    projectDir = await mkdtemp(join(tmpdir(), "islet-project-"));
    await mkdir(join(projectDir, "src"));
    await mkdir(join(projectDir, "wit", "deps"), { recursive: true });
    await writeFile(join(projectDir, "wit", "guests.wit"), WORLDS);
    // A copy of WASI's WIT, of whatever version, is not in the way.
    await writeFile(join(projectDir, "wit", "deps", "io.wit"), "package wasi:io@0.2.3;\n");
    componentizer = createComponentizer();
  });
  after(async () => {
    await componentizer[Symbol.asyncDispose]();
    await rm(projectDir, { recursive: true, force: true });
  });

  async function source(name: string, text: string): Promise<void> {
    await writeFile(join(projectDir, "src", name), text);
  }

  async function failure(
    guest: string,
    code: ComponentizeErrorCode,
    message: RegExp,
  ): Promise<void> {
    await assert.rejects(componentizer.componentize({ projectDir, guest }), (error) => {
      assert.ok(error instanceof ComponentizeError);
      assert.match(error.message, message);
      assert.equal(error.code, code);
      return true;
    });
  }

  it("builds the template's service and its component, side by side", async () => {
    const copy = join(projectDir, "template");
    await cp(TEMPLATE, copy, {
      recursive: true,
      filter: (path) => !/[/\\](?:dist|types)$/u.test(path),
    });
    const [service, component] = await Promise.all(
      ["service-leet", "http-api"].map((guest) =>
        componentizer.componentize({ projectDir: copy, guest }),
      ),
    );
    const serviceWit = await witOf(service);
    assert.deepEqual(names(serviceWit, "export"), ["wasi:cli/run"]);
    assert.ok(names(serviceWit, "import").includes("wasi:sockets/tcp"));
    assert.ok(!names(serviceWit, "import").some((name) => name.startsWith("wasi:http/")));
    const componentWit = await witOf(component);
    assert.deepEqual(names(componentWit, "export"), ["wasi:http/incoming-handler"]);
    for (const name of ["wasi:http/types", "wasi:sockets/tcp", "wasi:cli/stdout"]) {
      assert.ok(names(componentWit, "import").includes(name), `${name} is imported`);
    }
    for (const wit of [serviceWit, componentWit]) assert.doesNotMatch(wit, /wazi|@0\.3\./u);
  });

  it("imports WASI 0.2 only, and only what the world and the engine need", async () => {
    await source("guest.ts", `export const run = { run(): void { console.log("hello"); } };`);
    const wit = await witOf(await componentizer.componentize({ projectDir, guest: "guest" }));
    const packages = new Set(names(wit, "import").map((name) => name.replace(/\/.*/u, "")));
    assert.deepEqual(
      [...packages].toSorted(),
      ["wasi:cli", "wasi:clocks", "wasi:filesystem", "wasi:io", "wasi:random"].filter((name) =>
        packages.has(name),
      ),
    );
    assert.ok(packages.has("wasi:io"));
  });

  it("builds interfaces and functions of the project's own", async () => {
    await source(
      "library.ts",
      `import { next } from "test:guests/counter";
       export const greet = (name: string): string => name + next();
       export const counter = { next: (): number => 1 };`,
    );
    const wit = await witOf(await componentizer.componentize({ projectDir, guest: "library" }));
    assert.match(wit, /export greet: func\(name: string\) -> string;/u);
    assert.ok(names(wit, "export").includes("test:guests/counter"));
    assert.ok(names(wit, "import").includes("test:guests/counter"));
  });

  it("writes declarations that say what QuickJS does", async () => {
    await componentizer.generateTypes(projectDir);
    const types = join(projectDir, "types");
    const counter = await readFile(join(types, "interfaces", "test-guests-counter.d.ts"), "utf8");
    assert.match(counter, /declare module 'test:guests\/counter'/u);
    assert.match(counter, /next\(\): number;/u);
    const poll = await readFile(join(types, "interfaces", "wasi-io-poll.d.ts"), "utf8");
    assert.match(poll, /poll\(in_: Array<Pollable>\): number\[\];/u);
    assert.match(await readFile(join(types, "globals.d.ts"), "utf8"), /class TextEncoder/u);
    assert.deepEqual(
      (await readdir(types, { recursive: true })).filter((name) => name.endsWith(".tmp")),
      [],
    );
  });

  const mistakes: readonly [string, string, ComponentizeErrorCode, RegExp][] = [
    [
      "a syntax error",
      "export const run = {\n  run() { let x = ; },\n};",
      "source-invalid",
      /^src\/guest\.ts:2:19: /u,
    ],
    [
      "a module that is not there",
      '\nimport { a } from "./gone.ts";\nexport const run = { run: a };',
      "import-missing",
      /^src\/guest\.ts:2:\d+: .*gone\.ts/u,
    ],
    [
      "a name that a module has not",
      'import { a } from "./empty.ts";\nexport const run = { run: a };',
      "source-invalid",
      /^src\/guest\.ts:1:\d+: .*"a"/u,
    ],
    [
      "a module of Node.js",
      'import { a } from "node:fs";\nexport const run = { run: a };',
      "import-missing",
      /^src\/guest\.ts:1:\d+: .*node:fs.*WASI/u,
    ],
    [
      "an interface that the world does not import",
      '\n\nimport { handle } from "wasi:http/outgoing-handler@0.2.12";\nexport const run = { run: handle };',
      "import-missing",
      /^src\/guest\.ts:3:\d+: wasi:http\/outgoing-handler@0\.2\.12 .*wit\//u,
    ],
    [
      "an interface of another version",
      'import { poll } from "wasi:io/poll@0.2.3";\nexport const run = { run: poll };',
      "import-missing",
      /did you mean "wasi:io\/poll@0\.2\.12"/u,
    ],
    [
      "a function that an interface has not",
      'import { pol } from "wasi:io/poll@0.2.12";\nexport const run = { run: pol };',
      "import-missing",
      /^src\/guest\.ts: wasi:io\/poll@0\.2\.12 has no pol$/u,
    ],
    [
      "a missing export",
      "export const ran = { run() {} };",
      "export-missing",
      /^src\/guest\.ts: run\.run /u,
    ],
    [
      "a missing function of an export",
      "export const run = { ran() {} };",
      "export-missing",
      /run\.run .*world guest/u,
    ],
    [
      "an error at the top level",
      "function fail(): void {\n  throw new Error('no luck');\n}\nfail();\nexport const run = { run() {} };",
      "evaluation-failed",
      /^src\/guest\.ts:2:\d+: .*no luck/u,
    ],
    [
      "a call of the host at the top level",
      "console.log('too early');\nexport const run = { run() {} };",
      "evaluation-failed",
      /^src\/guest\.ts: .*top level/u,
    ],
  ];
  for (const [title, text, code, message] of mistakes) {
    it(`tells ${title}, and where`, async () => {
      await source("empty.ts", "export {};");
      await source("guest.ts", text);
      await failure("guest", code, message);
    });
  }

  it("tells which worlds there are where one is missing", async () => {
    await failure("gast", "world-missing", /"gast" \(worlds: "guest", "library"\)/u);
  });

  it("tells a guest whose top level does not end", async () => {
    await source("guest.ts", "for (;;);\nexport const run = { run() {} };");
    await using impatient = createComponentizer({ deadline: 3000 });
    await assert.rejects(
      impatient.componentize({ projectDir, guest: "guest" }),
      (error) => error instanceof ComponentizeError && error.code === "timeout",
    );
  });

  it("tells WIT that refers to nothing, and WASI of another version with its place", async () => {
    const path = join(projectDir, "wit", "guests.wit");
    await writeFile(path, "package test:guests;\nworld guest { import wasi:io/pool@0.2.12; }\n");
    await failure("guest", "wit-invalid", /^wit\/: .*'pool'/u);
    await writeFile(
      path,
      "package test:guests;\n/* wasi:io/poll@0.2.3 */ world guest {\n  import wasi:io/poll@0.2.3;\n}\n",
    );
    await failure("guest", "wit-invalid", /^wit\/guests\.wit:3:10: wasi:io\/poll@0\.2\.3 /u);
    await writeFile(path, WORLDS);
  });

  it("leaves no temporary files, and ends a builder that is at work", async () => {
    const before = await temporaryFolders();
    const busy = createComponentizer();
    await source("guest.ts", "export const run = { run() {} };");
    const failed = assert.rejects(
      busy.componentize({ projectDir, guest: "guest" }),
      ComponentizeError,
    );
    await busy[Symbol.asyncDispose]();
    await failed;
    assert.deepEqual(await temporaryFolders(), before);
  });
});

async function witOf(component: Uint8Array | undefined): Promise<string> {
  assert.ok(component !== undefined);
  return componentWit(component);
}

/** What a component imports or exports, without versions. */
function names(wit: string, direction: "import" | "export"): readonly string[] {
  const found = wit.matchAll(new RegExp(`^ +${direction} ([\\w:/-]+:[\\w/-]+)`, "gmu"));
  return [...new Set([...found].map(([, name]) => name ?? ""))];
}

async function temporaryFolders(): Promise<readonly string[]> {
  const entries = await readdir(tmpdir());
  return entries.filter((name) => name.startsWith("islet-componentize-"));
}
