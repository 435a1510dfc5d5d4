import { readFile } from "node:fs/promises";
import { DEFAULT_HOST_POLICY, type HostPolicy } from "../../policy/policy.ts";
import type { CompiledComponent } from "../engine/compiled-component.ts";
import type { Compiler } from "../engine/compiler.ts";
import { readImportTypes } from "../engine/import-types.ts";
import type { Component, Guest, Service, Volume, Workload } from "../manifest/workload.ts";
import { describeForeign } from "../wasi/check-imports.ts";
import { describeMissing, missingImports } from "../wasi/interfaces.ts";
import type { QuotaLimits } from "../network/quota-table.ts";
import type { CellStart, ComponentStart, GuestStart } from "./cell-start.ts";
import { WorkloadError } from "./error.ts";
import { quotaOf } from "./quota-cell.ts";
import { readinessOf, type ReadinessRule } from "./readiness.ts";
import type { RestartOptions } from "./restart-schedule.ts";
import { assertSupported } from "./workload-volumes.ts";

/** A workload that is checked and compiled: nothing about its files can fail any more. A value. */
export interface PreparedWorkload {
  readonly start: CellStart;
  /** Of its service; undefined without one. */
  readonly restart: RestartOptions | undefined;
  /** What makes its service ready; undefined without one. */
  readonly readiness: ReadinessRule | undefined;
  /** The compiled components, service first: equal where their files and what they are compiled for are equal. */
  readonly digests: readonly (string | undefined)[];
  /** What its guests may mount. */
  readonly volumes: readonly Volume[];
  /** What its guests may hold together. */
  readonly quota: QuotaLimits;
}

/** What the person who runs the host says about all workloads. */
export interface HostSettings {
  readonly policy: HostPolicy;
  /** The name server for guests' lookups, `address` or `address:port`; undefined for the system's resolver. */
  readonly resolver: string | undefined;
  /** Certificate authorities that guests' requests trust beside Node's own, in PEM. */
  readonly ca?: readonly string[] | undefined;
}

/** The settings of a host that runs without flags. */
export const DEFAULT_SETTINGS: HostSettings = { policy: DEFAULT_HOST_POLICY, resolver: undefined };

/** What a prepared guest is to be able to do. */
type Role = "service" | "component";

/**
 * Reads the images of `workload`, compiles them and checks that each can run in its place.
 * Rejects with `VolumeError` where it mounts volumes and this machine cannot, and with `WorkloadError`: `unreadable-image`, or `invalid-component` naming the file and what is wrong.
 */
export async function prepareWorkload(
  workload: Workload,
  compiler: Pick<Compiler, "compile">,
  { policy, resolver, ca = [] }: HostSettings = DEFAULT_SETTINGS,
): Promise<PreparedWorkload> {
  const name = `${workload.namespace}/${workload.name}`;
  if (guestsOf(workload).some(({ mounts }) => mounts.length > 0)) assertSupported();
  const prepare = async (
    guest: Guest,
    guestName: string,
    role: Role,
  ): Promise<CompiledComponent> => {
    const place = { workload: name, guest: guestName };
    return await prepareGuest(guest, place, role, compiler);
  };
  const [service, ...components] = await Promise.all([
    workload.service && prepare(workload.service, SERVICE_NAME, "service"),
    ...workload.components.map((component) => prepare(component, component.name, "component")),
  ]);
  return {
    start: {
      workload: name,
      service: service && workload.service && serviceStart(workload.service, service, policy),
      http: findHandler(workload.components, components, policy),
      resolver,
      ca,
      hang: strictestHang(workload),
      heap: largestHeap(workload),
    },
    restart: workload.service,
    readiness: workload.service && readinessOf(workload.service),
    digests: [service, ...components].map((compiled) => compiled?.digest),
    volumes: workload.volumes,
    quota: quotaOf(workload),
  };
}

/** What logs and messages call the service of a workload. */
const SERVICE_NAME = "service";

const RUN = "wasi:cli/run";
const HANDLER = "wasi:http/incoming-handler";

async function prepareGuest(
  guest: Guest,
  place: { readonly workload: string; readonly guest: string },
  role: Role,
  compiler: Pick<Compiler, "compile">,
): Promise<CompiledComponent> {
  let image: Uint8Array;
  try {
    image = await readFile(guest.image);
  } catch (cause) {
    const reason = `Cannot read ${guest.image}: ${messageOf(cause)}`;
    throw new WorkloadError("unreadable-image", place, reason, { cause });
  }
  const invalid = (reason: string, options?: ErrorOptions): WorkloadError =>
    new WorkloadError("invalid-component", place, reason, options);
  const refuse = (reasons: readonly string[]): void => {
    if (reasons.length > 0) throw invalid(`Cannot run ${guest.image}: ${reasons.join(". ")}`);
  };
  const compileError = (cause: unknown): WorkloadError =>
    invalid(`Cannot compile ${guest.image}: ${messageOf(cause)}`, { cause });
  // No glue is made of names and types that are not WASI's.
  refuse(await attempt(() => describeForeign(readImportTypes(image)), compileError));
  const compile = (): Promise<CompiledComponent> =>
    compiler.compile(image, { memory: guest.limits.memory });
  const compiled = await attempt(compile, compileError);
  refuse(missingImports(compiled.imports).map(describeMissing));
  if (role === "service" && !exportsInterface(compiled, RUN)) {
    throw invalid(`${guest.image} cannot be a service: it does not export ${RUN}`);
  }
  return compiled;
}

async function attempt<T>(
  act: () => T | Promise<T>,
  toError: (cause: unknown) => Error,
): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw toError(cause);
  }
}

function serviceStart(
  service: Service,
  compiled: CompiledComponent,
  policy: HostPolicy,
): CellStart["service"] {
  const { args, readiness } = service;
  return {
    ...guestStart(service, SERVICE_NAME, compiled, policy),
    args,
    readiness: readiness.timeout,
  };
}

function findHandler(
  components: readonly Component[],
  compiled: readonly (CompiledComponent | undefined)[],
  policy: HostPolicy,
): ComponentStart | undefined {
  for (const [index, component] of components.entries()) {
    const candidate = compiled[index];
    if (candidate === undefined || !exportsInterface(candidate, HANDLER)) continue;
    const { poolSize, maxInvocations, timeout } = component;
    const start = guestStart(component, component.name, candidate, policy);
    return { ...start, poolSize, maxInvocations, timeout };
  }
  return undefined;
}

function guestStart(
  guest: Guest,
  name: string,
  compiled: CompiledComponent,
  policy: HostPolicy,
): GuestStart {
  return {
    name,
    compiled,
    policy: { ...guest.policy, ...policy },
    environment: Object.entries(guest.environment),
    volumeMounts: guest.mounts,
  };
}

/** All guests share one loop, so the strictest of them decides how long it may stand still. */
function strictestHang(workload: Workload): number {
  return Math.min(...guestsOf(workload).map(({ limits }) => limits.hang));
}

/** They share one heap as well, in which there must be room for each. */
function largestHeap(workload: Workload): number {
  return Math.max(...guestsOf(workload).map(({ limits }) => limits.heap));
}

function guestsOf({ service, components }: Workload): readonly Guest[] {
  return service === undefined ? components : [service, ...components];
}

/** Whether `compiled` exports `name` in any 0.2 version. */
function exportsInterface(compiled: CompiledComponent, name: string): boolean {
  return compiled.exports.some((exported) => exported.startsWith(`${name}@0.2.`));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
