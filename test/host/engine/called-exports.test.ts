import assert from "node:assert/strict";
import { componentEmbed, componentNew, parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { describe, it } from "mocha";
import { calledExports, checkCalledExports } from "../../../host/engine/called-exports.ts";
import { transpile } from "../../../host/engine/transpile.ts";
import { ASYNC_EXPORTS, ASYNC_IMPORTS } from "../../../host/engine/transpile-options.ts";
import { readGuest } from "../../fixture/guest/guest.ts";

const OPTIONS = { asyncImports: ASYNC_IMPORTS, asyncExports: ASYNC_EXPORTS };
const PROPER = "handle: func(request: incoming-request, out: response-outparam);";

/** A component with resources in its imports that exports these two functions; they do nothing. */
async function exporting(handle: string, run: string): Promise<Uint8Array> {
  const witSource = `package test:t;
    world w {
      import wasi:http/types@0.2.0;
      export wasi:http/incoming-handler@0.2.0;
      export wasi:cli/run@0.2.0;
    }
    package wasi:http@0.2.0 {
      interface types {
        resource incoming-request { constructor(); clone: func() -> incoming-request; }
        resource response-outparam { constructor(); }
      }
      interface incoming-handler {
        use types.{incoming-request, response-outparam};
        record policy { host-loopback: bool }
        record request { name: string, guest: policy }
        ${handle}
      }
    }
    package wasi:cli@0.2.0 { interface run { ${run} } }`;
  return componentNew(await componentEmbed({ dummy: true, world: "w", witSource }));
}

async function refuses(image: Uint8Array, message: string): Promise<void> {
  await assert.rejects(transpile(image, OPTIONS), {
    code: "unsupported",
    message: `Cannot run a component that declares ${message}`,
  });
}

describe("checkCalledExports", () => {
  it("accepts the functions as WASI has them, and others beside them", async () => {
    const run = "run: func() -> result;";
    await transpile(await exporting(PROPER, run), OPTIONS);
    await transpile(await exporting(`${PROPER} more: func(r: request) -> bool;`, run), OPTIONS);
  });

  it("knows a function by the interface that has it, where an import has its name", async () => {
    const witSource = `package test:t;
      world w { import wasi:http/outgoing-handler@0.2.0; export wasi:http/incoming-handler@0.2.0; }
      package wasi:http@0.2.0 {
        interface outgoing-handler { handle: func(); }
        interface incoming-handler { handle: func(request: string); }
      }`;
    const module = await componentEmbed({ dummy: true, world: "w", witSource });
    const where = "wasi:http/incoming-handler@0.2.0#handle";
    await refuses(await componentNew(module), `${where} with other types than WASI has`);
  });

  it("looks at each version of an interface", async () => {
    const image = await parse(`(component
      (core module $m (func (export "good")) (func (export "bad") (param i32)))
      (core instance $m (instantiate $m))
      (func $good (canon lift (core func $m "good")))
      (func $bad (param "a" u32) (canon lift (core func $m "bad")))
      (instance $a (export "run" (func $good)))
      (instance $b (export "run" (func $bad)))
      (export "wasi:cli/run@0.2.0" (instance $a))
      (export "wasi:cli/run@0.2.3" (instance $b)))`);
    await refuses(image, "wasi:cli/run@0.2.3#run with other types than WASI has");
  });

  const handles = [
    "handle: func(request: request, out: response-outparam);",
    "handle: func(request: incoming-request, out: request);",
    "handle: func(request: option<incoming-request>, out: response-outparam);",
    "handle: func(request: tuple<incoming-request>, out: response-outparam);",
    "handle: func(request: string, out: u32);",
    "handle: func(request: incoming-request);",
    "handle: func(request: incoming-request, out: response-outparam, third: bool);",
    "handle: func();",
  ];
  for (const handle of handles) {
    it(`refuses ${handle}`, async () => {
      const where = "wasi:http/incoming-handler@0.2.0#handle";
      const image = await exporting(handle, "run: func() -> result;");
      await refuses(image, `${where} with other types than WASI has`);
    });
  }

  it("refuses a run function that takes something", async () => {
    const image = await exporting(PROPER, "run: func(a: u32) -> result;");
    await refuses(image, "wasi:cli/run@0.2.0#run with other types than WASI has");
  });

  it("refuses a run function that returns a text, of a component with resources as of any", async () => {
    const image = await exporting(PROPER, "run: func() -> string;");
    await refuses(image, "wasi:cli/run@0.2.0#run with lists in lists, or many: WASI does not");
  });

  it("finds what the host calls in the glue of real guests", async () => {
    const { glue, exports } = await transpile(await readGuest("http-dial"), OPTIONS);
    assert.deepEqual(
      calledExports(glue).map(({ path, name }) => [path, name]),
      exports.map((path) => [path, "handle"]),
    );
  });

  it("does not take glue that it cannot read", () => {
    const changed = { code: "glue-changed" };
    assert.throws(() => checkCalledExports("", []), changed);
    const none = "return {};\n})();\n";
    checkCalledExports(none, ["shop:a/b@0.2.0"]);
    assert.throws(() => checkCalledExports(none, ["wasi:cli/run@0.2.0"]), changed);
  });
});
