import { transpileBytes } from "@bytecodealliance/jco-transpile";
import { ASYNC_EXPORTS, ASYNC_IMPORTS } from "../../../host/engine/transpile-options.ts";
import { MICRO_ASYNC } from "./micro-component.ts";

/** jco's glue, not patched. */
export async function rawGlue(image: Uint8Array): Promise<string> {
  const { files } = await transpileBytes(image, {
    name: "component",
    instantiation: "async",
    asyncMode: "jspi",
    importBindings: "hybrid",
    asyncImports: [...ASYNC_IMPORTS, ...MICRO_ASYNC.asyncImports],
    asyncExports: [...ASYNC_EXPORTS, ...MICRO_ASYNC.asyncExports],
    base64Cutoff: 0,
    emitTypescriptDeclarations: false,
  });
  return Buffer.from(files["component.js"] ?? "").toString();
}
