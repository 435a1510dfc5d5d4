import { fileURLToPath } from "node:url";
import { build } from "../../host/cli/build.ts";

/** `manifests/NAME.yaml` of the project. */
export function projectManifest(name: string): string {
  return fileURLToPath(new URL(`../../manifests/${name}.yaml`, import.meta.url));
}

/** Makes sure that the guests of `templates/NAME` are built from its present sources. */
export async function buildTemplate(name = "service-tcp"): Promise<void> {
  const directory = fileURLToPath(new URL(`../../templates/${name}`, import.meta.url));
  await build(directory, { force: false, output: () => {} });
}
