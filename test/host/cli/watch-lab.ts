import { readFileSync } from "node:fs";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Sources, Watch } from "../../../host/cli/watch.ts";
import { loadManifests } from "../../../host/manifest/load.ts";
import { FakeOperations } from "./fake-operations.ts";

/** A directory whose manifests are watched for a host that runs nothing. */
export class WatchLab implements AsyncDisposable {
  readonly root: string;
  readonly host: FakeOperations = new FakeOperations(({ components }) =>
    components.map(({ image }) => readFileSync(image, "latin1")).join(),
  );
  /** All lines that were printed. */
  readonly lines: string[] = [];
  readonly interrupt: AbortController = new AbortController();
  readonly #stack: AsyncDisposableStack;

  static async open(): Promise<WatchLab> {
    const stack = new AsyncDisposableStack();
    const directory = stack.use(await mkdtempDisposable(join(tmpdir(), "islet-watch-")));
    return new WatchLab(directory.path, stack);
  }

  private constructor(root: string, stack: AsyncDisposableStack) {
    this.root = root;
    this.#stack = stack;
  }

  /** Watches these manifests, and `src` where there is something to build from it. */
  async start(
    paths: readonly string[],
    sources?: Omit<Sources, "paths" | "isIgnored">,
  ): Promise<boolean> {
    const { root, host, lines } = this;
    const manifests = paths.map((path) => join(root, path));
    const watch = this.#stack.use(
      new Watch({
        host,
        manifests,
        load: ({ images }) => loadManifests(manifests, { images, cwd: root }),
        sources: sources && { ...sources, paths: [join(root, "src")], isIgnored: () => false },
        terminal: {
          out: () => {},
          err: (line) => lines.push(...line.split("\n")),
          style: (_format, text) => text,
          styleOut: (_format, text) => text,
        },
        signal: this.interrupt.signal,
      }),
    );
    const isGood = await watch.start();
    const run = watch.run();
    this.#stack.defer(() => run);
    return isGood;
  }

  write(path: string, text: string): Promise<void> {
    return writeFile(join(this.root, path), text);
  }

  /** How many lines hold a text. */
  printed(text: string): number {
    return this.lines.filter((line) => line.includes(text)).length;
  }

  /** Long enough for a change to be dealt with, where none is expected. */
  async quiet(): Promise<void> {
    await setTimeout(600);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.interrupt.abort();
    await this.#stack.disposeAsync();
  }
}

/** A workload with one component. */
export function manifest(name: string, image = "a.wasm", host = `${name}.localhost`): string {
  return `apiVersion: runtime.wasmcloud.dev/v1alpha1
kind: Workload
metadata: { name: ${name} }
spec:
  components: [{ name: api, image: ./${image} }]
  hostInterfaces:
    - { namespace: wasi, package: http, interfaces: [incoming-handler], config: { host: ${host} } }
`;
}
