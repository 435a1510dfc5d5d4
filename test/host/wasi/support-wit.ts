import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";
import { PROVIDED_INTERFACES } from "../../../host/wasi/interfaces.ts";

/** The WIT of WASI 0.2.12 that jco carries, a folder a package. */
export const WIT: string = join(
  import.meta.dirname,
  "../../../node_modules/@bytecodealliance/jco/lib/wit/builtin/0.2.12",
);

/** A component that imports every function of all interfaces that the host has, as WIT 0.2.12 declares them. */
export async function readWasiComponent(): Promise<Uint8Array> {
  const packages = readdirSync(WIT).map((folder) => {
    const text = readFileSync(join(WIT, folder, "package.wit"), "utf8");
    const nested = text.replace(/^package ([^;]+);/, "package $1 {").concat("}\n");
    return nested.replaceAll(/@unstable\([^)]*\)/g, "");
  });
  const imports = PROVIDED_INTERFACES.map((name) => `import ${name}@0.2.12;`).join("\n");
  const witSource = `package test:all;\nworld all {\n${imports}\n}\n${packages.join("\n")}`;
  return componentNew(await componentEmbed({ dummy: true, witSource, world: "all" }));
}
