import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, type Host } from "../../host/host.ts";
import type { HostEvent } from "../../host/host-event.ts";
import type { Workload } from "../../host/manifest/workload.ts";
import type { Applied } from "../../host/workload/status.ts";
import { loadManifests } from "../../host/manifest/load.ts";
import type { HostSettings } from "../../host/workload/prepare.ts";
import type { WorkloadState } from "../../host/workload/state.ts";
import { type Answer, call, type CallOptions } from "./http-call.ts";
import { manifestOf, type WorkloadSpec } from "./manifest.ts";

/** Where the hosts of tests keep compiled components; later runs find them again. */
const testCache: string = join(tmpdir(), "islet-test-cache");

/** Where they make volumes. */
const testState: string = join(tmpdir(), "islet-test-state");

/** A host in this process with workloads of compiled guests, and all that was heard of them. */
export class Scenario implements AsyncDisposable {
  readonly events: HostEvent[] = [];
  readonly #stack = new AsyncDisposableStack();
  #host: Host | undefined;
  #changed = Promise.withResolvers<void>();

  /** Starts a host with these workloads; they are starting when it resolves. */
  static begin(...workloads: readonly WorkloadSpec[]): Promise<Scenario> {
    return Scenario.#begin(undefined, workloads);
  }

  /** The same of a host with flags. */
  static beginWith(
    settings: HostSettings | undefined,
    ...workloads: readonly WorkloadSpec[]
  ): Promise<Scenario> {
    return Scenario.#begin(settings, workloads);
  }

  static async #begin(
    settings: HostSettings | undefined,
    workloads: readonly WorkloadSpec[],
  ): Promise<Scenario> {
    const scenario = new Scenario();
    try {
      await scenario.#start(manifestOf(workloads), settings);
    } catch (error) {
      await scenario[Symbol.asyncDispose]();
      throw error;
    }
    return scenario;
  }

  /** The same, resolving once all of them are running. */
  static start(...workloads: readonly WorkloadSpec[]): Promise<Scenario> {
    return Scenario.startWith(undefined, ...workloads);
  }

  /** The same of a host with flags. */
  static async startWith(
    settings: HostSettings | undefined,
    ...workloads: readonly WorkloadSpec[]
  ): Promise<Scenario> {
    const scenario = await Scenario.#begin(settings, workloads);
    await scenario.until(() => workloads.every(({ name }) => scenario.state(name) === "running"));
    return scenario;
  }

  get host(): Host {
    if (this.#host === undefined) throw new Error("The host has not started");
    return this.#host;
  }

  get url(): string {
    return `http://127.0.0.1:${this.host.http.port}`;
  }

  state(name: string): WorkloadState["tag"] | undefined {
    return this.host.workloads.find((hosted) => hosted.name === `default/${name}`)?.state.tag;
  }

  /** All states of a workload so far, the first `starting` excepted. */
  statesOf(name: string): WorkloadState[] {
    return this.events.flatMap((event) =>
      event.tag === "state" && event.workload === `default/${name}` ? [event.state] : [],
    );
  }

  /** All lines that the guests of a workload have printed. */
  linesOf(name: string): string[] {
    return this.events.flatMap((event) =>
      event.tag === "log" && event.workload === `default/${name}` ? [event.line] : [],
    );
  }

  /** Waits until `condition` holds, looking at each event; a test's timeout is its deadline. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#changed.promise;
  }

  /** Waits until a workload was in this state at least `times` since its start. */
  async untilState(name: string, tag: WorkloadState["tag"], times = 1): Promise<void> {
    await this.until(
      () => this.statesOf(name).filter((state) => state.tag === tag).length >= times,
    );
  }

  /** Applies more workloads, or other versions of those there are. */
  async apply(...specs: readonly WorkloadSpec[]): Promise<readonly Applied[]> {
    return await this.host.apply(await this.load(...specs));
  }

  /** The workloads that these are. */
  async load(...specs: readonly WorkloadSpec[]): Promise<readonly Workload[]> {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-scenario-"));
    const path = join(directory.path, "scenario.yaml");
    await writeFile(path, manifestOf(specs));
    const { workloads } = await loadManifests([path]);
    return workloads;
  }

  /** Makes a request of the workload `name`. */
  call(name: string, path: string, options: CallOptions = {}): Promise<Answer> {
    return call(this.url + path, { host: `${name}.localhost`, ...options });
  }

  /** The status and the text of an answer, in one line. */
  async get(name: string, path: string, options: CallOptions = {}): Promise<string> {
    const { status, text } = await this.call(name, path, options);
    return `${status} ${text.trimEnd()}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async #start(manifest: string, settings: HostSettings | undefined): Promise<void> {
    const directory = await mkdtempDisposable(join(tmpdir(), "islet-scenario-"));
    this.#stack.use(directory);
    const path = join(directory.path, "scenario.yaml");
    await writeFile(path, manifest);
    const { workloads } = await loadManifests([path]);
    this.#host = this.#stack.use(
      await createHost({
        http: { host: "127.0.0.1", port: 0 },
        cacheDirectory: testCache,
        stateDirectory: testState,
        settings,
        onEvent: (event) => this.#note(event),
      }),
    );
    await this.#host.apply(workloads, { wait: false });
  }

  #note(event: HostEvent): void {
    this.events.push(event);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
