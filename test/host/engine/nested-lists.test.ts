import assert from "node:assert/strict";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { describe, it } from "mocha";
import { transpile } from "../../../host/engine/transpile.ts";
import { createComposition, createFacade } from "./micro-component.ts";

const OPTIONS = { asyncImports: [], asyncExports: [] };

/** Memory and `realloc` for what is lowered and lifted. */
const LIBC = `(core module $libc (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "get") (result i32) (i32.const 16)))
  (core instance $libc (instantiate $libc))`;
const CANON = `(memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))`;

/** A component that declares a function of an interface to have these parameters, each two words in core. */
function importing(path: string, name: string, ...types: readonly string[]): Promise<Uint8Array> {
  const params = types.map((type, index) => `(param "p${index}" ${type})`).join(" ");
  const words = `(param ${types.map(() => "i32 i32").join(" ")})`;
  return parse(`(component ${LIBC}
    (import "${path}" (instance $i (export "${name}" (func ${params}))))
    (core func $f (canon lower (func $i "${name}") ${CANON}))
    (core module $m (import "h" "f" (func ${words})) (func (export "go")))
    (core instance $m (instantiate $m (with "h" (instance (export "f" (func $f))))))
    (func (export "go") (canon lift (core func $m "go"))))`);
}

/** A component that exports a function with this result, in an interface and as its own. */
function exporting(path: string, name: string, type: string): Promise<Uint8Array> {
  return parse(`(component ${LIBC}
    (func $f (result ${type}) (canon lift (core func $libc "get") ${CANON}))
    (instance $i (export "${name}" (func $f)))
    (export "${path}" (instance $i))
    (export "own" (func $f)))`);
}

async function refuses(image: Promise<Uint8Array>, name: string): Promise<void> {
  await assert.rejects(transpile(await image, OPTIONS), {
    code: "unsupported",
    message: `Cannot run a component that declares ${name} with lists in lists, or many: WASI does not`,
  });
}

async function accepts(image: Promise<Uint8Array>): Promise<void> {
  await transpile(await image, OPTIONS);
}

describe("checkNestedLists", () => {
  const RANDOM = "wasi:random/random@0.2.0";
  const NAME = `${RANDOM}#getRandomU64`;

  it("refuses imports that WASI has with other types: lists of bytes or texts in a list", async () => {
    const types = ["(list u8)", "string", "(tuple u32 string)", "(option (list u16))"];
    for (const type of types) {
      await refuses(importing(RANDOM, "get-random-u64", `(list ${type})`), NAME);
    }
  });

  it("refuses imports with more lists than any function of WASI has", async () => {
    await refuses(importing(RANDOM, "get-random-u64", "string", "(list u8)", "string"), NAME);
    await accepts(importing(RANDOM, "get-random-u64", "string", "(list u8)"));
  });

  it("accepts lists of lists where the host counts before it copies", async () => {
    const header = "(list (tuple string (list u8)))";
    await refuses(
      importing("wasi:http/types@0.2.0", "from-list", header),
      "wasi:http/types@0.2.0#fromList",
    );
    await accepts(importing("wasi:sockets/udp@0.2.0", "send", "(list (list u8))"));
  });

  it("refuses exports that return lists where the host calls them", async () => {
    for (const type of ["(list (list u8))", "string"]) {
      await refuses(exporting("wasi:cli/run@0.2.0", "run", type), "wasi:cli/run@0.2.0#run");
      await refuses(
        exporting("wasi:http/incoming-handler@0.2.0", "handle", type),
        "wasi:http/incoming-handler@0.2.0#handle",
      );
    }
    await accepts(exporting("wasi:cli/run@0.2.0", "run", "u32"));
  });

  it("looks at each version of an interface that is exported", async () => {
    const image = await parse(`(component ${LIBC}
      (func $good (result u32) (canon lift (core func $libc "get") ${CANON}))
      (func $bad (result string) (canon lift (core func $libc "get") ${CANON}))
      (instance $a (export "run" (func $good)))
      (instance $b (export "run" (func $bad)))
      (export "wasi:cli/run@0.2.0" (instance $a))
      (export "wasi:cli/run@0.2.3" (instance $b)))`);
    await assert.rejects(transpile(image, OPTIONS), {
      code: "unsupported",
      message: /declares wasi:cli\/run@0\.2\.3#/,
    });
  });

  it("accepts other exports, whatever they return, and compositions", async () => {
    await accepts(exporting("shop:catalogue/items@1.0.0", "all", "(list string)"));
    await accepts(createComposition());
    await accepts(createFacade());
  });
});
