import { type GuestName, guestPath } from "../fixture/guest/guest.ts";

/** A workload of compiled guests, in the words of a manifest. */
export interface WorkloadSpec {
  readonly name: string;
  readonly service?: GuestSpec;
  readonly component?: GuestSpec;
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

function toDocument({ name, service, component }: WorkloadSpec): unknown {
  return {
    apiVersion: "runtime.wasmcloud.dev/v1alpha1",
    kind: "Workload",
    metadata: { name },
    spec: {
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
    },
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
