import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ServerProcess, startServer } from "./host-process.ts";
import { runIslet } from "./run-islet.ts";
import { projectManifest } from "./template.ts";

/** `islet run` with manifests of the project. */
export interface PublishedIslet extends AsyncDisposable {
  /** Of the ingress. */
  readonly url: string;
  /** The port of the machine at which the workload's published port is. */
  portOf(workload: string): number;
}

/**
 * Runs manifests of the project as they are, but that each port is published at any that is free: those that are
 * written there may be in use on this machine.
 */
export async function startPublished(...names: readonly string[]): Promise<PublishedIslet> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await mkdtempDisposable(join(tmpdir(), "islet-published-")));
  const files = await Promise.all(names.map((name) => derive(projectManifest(name), path)));
  const environment = {
    XDG_RUNTIME_DIR: path,
    XDG_STATE_HOME: path,
    ISLET_HOST: "",
    ISLET_TOKEN: "",
  };
  const islet: ServerProcess = stack.use(
    await startServer(
      [MAIN, "run", ...files, "--http", "127.0.0.1:0", "--api", "127.0.0.1:0"],
      environment,
      /Control API at .*\.sock/,
    ),
  );
  const { stdout } = await runIslet(["forward", "list", "-o", "json"], { environment });
  const forwards: readonly { workload: string; addresses: readonly string[] }[] =
    JSON.parse(stdout);
  const url = islet.lines.flatMap((line) => /Listening on (http:\S+)/.exec(line)?.[1] ?? []);
  const owned = stack.move();
  return {
    url: url[0] ?? "",
    portOf(workload) {
      const found = forwards.find((forward) => forward.workload === `default/${workload}`);
      const port = /:(\d+)$/.exec(found?.addresses[0] ?? "")?.[1];
      if (port === undefined) throw new Error(`Workload ${workload} publishes no port: ${stdout}`);
      return Number(port);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const MAIN = fileURLToPath(new URL("../../host/islet.mjs", import.meta.url));

async function derive(manifest: string, directory: string): Promise<string> {
  const text = await readFile(manifest, "utf8");
  const derived = text
    .replaceAll(/publish: "[^"]*"/g, "publish: auto")
    .replaceAll("../templates", join(dirname(manifest), "../templates"));
  const file = join(directory, basename(manifest));
  await writeFile(file, derived);
  return file;
}
