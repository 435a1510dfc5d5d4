import { fileURLToPath } from "node:url";
import { build } from "../../host/cli/build.ts";

/** `manifests/NAME.yaml` of the project. */
export function projectManifest(name: string): string {
  return fileURLToPath(new URL(`../../manifests/${name}.yaml`, import.meta.url));
}

/** Makes sure that the guests of `templates/service-tcp` are built from its present sources. */
export async function buildTemplate(): Promise<void> {
  const directory = fileURLToPath(new URL("../../templates/service-tcp", import.meta.url));
  await build(directory, { force: false, output: () => {} });
}
