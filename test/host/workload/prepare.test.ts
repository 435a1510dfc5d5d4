import assert from "node:assert/strict";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";
import { describe, it } from "mocha";
import type { CompiledComponent } from "../../../host/engine/compiled-component.ts";
import { createCompiler } from "../../../host/engine/compiler.ts";
import { EngineError } from "../../../host/engine/error.ts";
import { DEFAULT_LIMITS } from "../../../host/manifest/read-limits.ts";
import { prepareWorkload } from "../../../host/workload/prepare.ts";
import { guestPath } from "../../fixture/guest/guest.ts";
import { defaultPolicy } from "../../../policy/policy.ts";
import { compiledStub } from "./fake-cell.ts";
import { workloadOf } from "./real-workload.ts";

const SERVICE = { exports: ["wasi:cli/run@0.2.3"] };
const HANDLER = { exports: ["wasi:http/incoming-handler@0.2.12"] };

/** A component that answers HTTP, were it not for this function that it declares of `outgoing-request`. */
async function declaring(method: string): Promise<Uint8Array> {
  const witSource = `package test:foreign;
    world foreign { import wasi:http/types@0.2.0; export wasi:http/incoming-handler@0.2.0; }
    package wasi:http@0.2.0 {
      interface types {
        resource fields { constructor(); }
        resource incoming-request;
        resource response-outparam;
        resource outgoing-body;
        resource outgoing-request { constructor(headers: fields); ${method} }
      }
      interface incoming-handler {
        use types.{incoming-request, response-outparam};
        handle: func(request: incoming-request, response-out: response-outparam);
      }
    }`;
  return componentNew(await componentEmbed({ dummy: true, witSource, world: "foreign" }));
}

describe("prepareWorkload", () => {
  it("compiles service and component, each within its own memory", async () => {
    const asked: number[] = [];
    const workload = workloadOf({
      service: "tcp-echo",
      component: "http-hello",
      serviceChanges: {
        environment: { GREETING: "hi" },
        args: ["--fast"],
        limits: { ...DEFAULT_LIMITS, memory: 65_536, hang: 9_000 },
      },
      componentChanges: { limits: { ...DEFAULT_LIMITS, memory: 131_072, hang: 2_000 } },
    });
    const prepared = await prepareWorkload(workload, {
      compile: async (_image, { memory }) => {
        asked.push(memory);
        return stub(memory === 65_536 ? SERVICE : HANDLER);
      },
    });
    assert.deepEqual(new Set(asked), new Set([65_536, 131_072]));
    const { service, http, hang } = prepared.start;
    assert.deepEqual(service?.policy, defaultPolicy("service"));
    assert.deepEqual(service.environment, [["GREETING", "hi"]]);
    assert.deepEqual(service.args, ["--fast"]);
    assert.deepEqual(http?.policy, defaultPolicy("component"));
    assert.equal(http.name, "api");
    assert.equal(hang, 2_000);
    assert.equal(prepared.restart?.maxRestarts, 5);
  });

  it("joins what the manifest says about a guest with what the host says about all", async () => {
    const origins = { guest: "m.yaml:1:1" };
    const workload = workloadOf({
      component: "http-hello",
      componentChanges: { policy: { ...defaultPolicy("component"), allowedHosts: [], origins } },
    });
    const prepared = await prepareWorkload(
      workload,
      { compile: async () => stub(HANDLER) },
      { policy: { hostLoopback: true, denyPrivate: true }, resolver: undefined },
    );
    assert.deepEqual(prepared.start.http?.policy, {
      ...defaultPolicy("component"),
      allowedHosts: [],
      origins,
      hostLoopback: true,
      denyPrivate: true,
    });
  });

  it("takes the first component that handles HTTP", async () => {
    const workload = workloadOf({ component: "http-hello" });
    const [api] = workload.components;
    assert.ok(api !== undefined);
    const components = [
      { ...api, name: "one", limits: { ...api.limits, memory: 65_536 } },
      { ...api, name: "two" },
      { ...api, name: "three" },
    ];
    const prepared = await prepareWorkload(
      { ...workload, components },
      {
        compile: async (_image, { memory }) => stub(memory === 65_536 ? { exports: [] } : HANDLER),
      },
    );
    assert.equal(prepared.start.http?.name, "two");
    assert.equal(prepared.start.service, undefined);
    assert.equal(prepared.restart, undefined);
  });

  const failures: [string, Partial<CompiledComponent> | Error, string, RegExp][] = [
    [
      "an export that a service needs",
      HANDLER,
      "invalid-component",
      /tcp-echo\.wasm cannot be a service: it does not export wasi:cli\/run/,
    ],
    [
      "a version that the host has not",
      { exports: ["wasi:cli/run@0.3.0"] },
      "invalid-component",
      /does not export wasi:cli\/run/,
    ],
    [
      "imports that the host has not",
      { ...SERVICE, imports: ["wasi:io/poll@0.2.1", "acme:db/store@1.0.0"] },
      "invalid-component",
      /tcp-echo\.wasm.*acme:db\/store@1\.0\.0/,
    ],
    [
      "a component",
      new EngineError("core-module", "it is a core module"),
      "invalid-component",
      /Cannot compile .*tcp-echo\.wasm: it is a core module/,
    ],
  ];
  for (const [what, compiled, code, reason] of failures) {
    it(`says of a service that lacks ${what}, with file and workload`, async () => {
      const preparing = prepareWorkload(workloadOf({ service: "tcp-echo" }), {
        compile: async () => {
          if (compiled instanceof Error) throw compiled;
          return stub(compiled);
        },
      });
      await assert.rejects(preparing, (error: Error & { code?: string; reason?: string }) => {
        assert.equal(error.name, "WorkloadError");
        assert.equal(error.code, code);
        assert.match(error.reason ?? "", reason);
        assert.match(error.message, /^default\/test \(service\): /);
        return true;
      });
    });
  }

  const foreign: readonly (readonly [what: string, method: string, reason: string])[] = [
    [
      "a function that is the host's own",
      "try-body: func() -> option<outgoing-body>;",
      "The component imports [method]outgoing-request.try-body of wasi:http/types@0.2.0, which the host does not have",
    ],
    [
      "a function with other types than WASI has",
      "body: func(size: u32) -> outgoing-body;",
      "The component declares [method]outgoing-request.body of wasi:http/types@0.2.0 as func(borrow<outgoing-request>, u32) -> outgoing-body, in WASI it is func(borrow<outgoing-request>) -> result<outgoing-body>",
    ],
  ];
  for (const [what, method, reason] of foreign) {
    it(`refuses a component that declares ${what}`, async () => {
      await using directory = await mkdtempDisposable(join(tmpdir(), "islet-prepare-"));
      const image = join(directory.path, "foreign.wasm");
      await writeFile(image, await declaring(method));
      const workload = workloadOf({ component: "http-hello", componentChanges: { image } });
      await using compiler = createCompiler({ cacheDir: undefined });
      await assert.rejects(prepareWorkload(workload, compiler), {
        code: "invalid-component",
        guest: "api",
        reason: `Cannot run ${image}: ${reason}`,
      });
    });
  }

  it("says which file cannot be read", async () => {
    const image = `${guestPath("tcp-echo")}.missing`;
    const workload = workloadOf({ service: "tcp-echo", serviceChanges: { image } });
    await assert.rejects(
      prepareWorkload(workload, { compile: () => assert.fail("nothing to compile") }),
      { code: "unreadable-image", guest: "service", reason: /tcp-echo\.wasm\.missing.*ENOENT/ },
    );
  });
});

function stub(changes: Partial<CompiledComponent>): CompiledComponent {
  return { ...compiledStub(), ...changes };
}
