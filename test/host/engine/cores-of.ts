import { transpile } from "../../../host/engine/transpile.ts";
import { ASYNC_EXPORTS, ASYNC_IMPORTS } from "../../../host/engine/transpile-options.ts";

/** The core modules of a component as jco gives them. */
export async function coresOf(component: Uint8Array): Promise<Uint8Array[]> {
  const { cores } = await transpile(component, {
    asyncImports: ASYNC_IMPORTS,
    asyncExports: ASYNC_EXPORTS,
  });
  return [...cores.values()];
}
