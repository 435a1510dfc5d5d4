import { basename, join } from "node:path";
import { readWit } from "../engine/componentize-wit.ts";
import type { ManifestText } from "../manifest/load.ts";
import { BuildError } from "./build-error.ts";
import { componentPath } from "./build-record.ts";

/**
 * A manifest for a project that has none: the guest whose world exports `wasi:cli/run` is the service,
 * the others are components, and all requests go to them.
 * Rejects with `BuildError` where that is not clear.
 */
export async function manifestOfWorlds(
  directory: string,
  guests: readonly string[],
): Promise<ManifestText> {
  const { files } = await readWit(directory);
  const texts = [...files].filter(([name]) => !name.startsWith("deps/")).map(([, text]) => text);
  const services = guests.filter((guest) => exportsRun(guest, texts));
  if (services.length > 1) {
    const message = `${services.join(" and ")} export wasi:cli/run, and a workload has one service. Write a manifest that says which`;
    throw new BuildError("no-guests", `Cannot run ${directory}: ${message}`);
  }
  const [service] = services;
  const components = guests.filter((guest) => guest !== service);
  const document = {
    apiVersion: "runtime.wasmcloud.dev/v1alpha1",
    kind: "Workload",
    metadata: { name: toName(basename(directory)) },
    spec: {
      ...(service !== undefined && { service: { image: componentPath(directory, service) } }),
      ...(components.length > 0 && {
        components: components.map((name) => ({ name, image: componentPath(directory, name) })),
        hostInterfaces: [ROUTE],
      }),
    },
  };
  // The text stands in no file; this is what messages about it would call it.
  return { name: join(directory, "wit", "world.wit"), text: JSON.stringify(document) };
}

const ROUTE = {
  namespace: "wasi",
  package: "http",
  interfaces: ["incoming-handler"],
  config: { host: "localhost" },
};

function exportsRun(world: string, texts: readonly string[]): boolean {
  return texts.some((text) => {
    const body = new RegExp(`\\bworld\\s+%?${world}\\s*\\{([^}]*)\\}`, "u").exec(text)?.[1] ?? "";
    return /\bexport\s+wasi:cli\/run\b/u.test(body);
  });
}

/** A name as metadata has it (RFC 1123). */
function toName(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, "-")
    .replaceAll(/^-|-$/gu, "")
    .slice(0, 63);
  return name === "" ? "dev" : name;
}
