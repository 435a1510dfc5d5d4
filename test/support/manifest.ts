import { type GuestName, guestPath } from "../fixture/guest/guest.ts";

/** A workload of compiled guests, in the words of a manifest. */
export interface WorkloadSpec {
  readonly name: string;
  readonly service?: GuestSpec;
  readonly component?: GuestSpec;
  /** More fields of `spec`. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Makes it a deployment with so many replicas. */
  readonly replicas?: number;
  readonly namespace?: string;
}

/** A guest; fields but `guest` and `limits` are those of `spec.service` or of an entry of `spec.components`. */
export interface GuestSpec {
  readonly guest: GuestName;
  readonly limits?: Readonly<Record<string, string>>;
  /** What `localResources` says besides the limits: what the guest may reach. */
  readonly resources?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The text of a manifest with these workloads, each of which answers at `NAME.localhost`. */
export function manifestOf(workloads: readonly WorkloadSpec[]): string {
  return workloads.map((spec) => JSON.stringify(toDocument(spec), undefined, 2)).join("\n---\n");
}

function toDocument(workload: WorkloadSpec): unknown {
  const { name, namespace, replicas } = workload;
  const spec = toSpec(workload);
  return {
    apiVersion: "runtime.wasmcloud.dev/v1alpha1",
    kind: replicas === undefined ? "Workload" : "WorkloadDeployment",
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: replicas === undefined ? spec : { replicas, template: { spec } },
  };
}

function toSpec({ name, service, component, spec }: WorkloadSpec): unknown {
  return {
    ...(service !== undefined && { service: toGuest(service) }),
    ...(component !== undefined && {
      components: [{ name: "api", ...toGuest(component) }],
      hostInterfaces: [
        {
          namespace: "wasi",
          package: "http",
          interfaces: ["incoming-handler"],
          config: { host: `${name}.localhost` },
        },
      ],
    }),
    ...spec,
  };
}

function toGuest({
  guest,
  limits,
  resources,
  ...fields
}: GuestSpec): Readonly<Record<string, unknown>> {
  return {
    image: guestPath(guest),
    ...((limits ?? resources) !== undefined && {
      localResources: { ...resources, ...(limits !== undefined && { limits }) },
    }),
    ...fields,
  };
}
