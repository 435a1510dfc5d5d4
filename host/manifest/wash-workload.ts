import { basename, resolve } from "node:path";
import { copied, type Derived } from "./derived-document.ts";
import type { Field } from "./field.ts";
import { readWashEnvironment, type Variables, type WashContext } from "./wash-environment.ts";

/** Where the component that is built is to be, as wash has it: an absolute path. */
export function washComponentPath(root: Field, directory: string): string {
  const { text } = washComponentField(root);
  return resolve(directory, text ?? `${basename(directory)}.wasm`);
}

/** What `wash dev` would run: a document of the kind `Workload`. */
export async function toWashManifest(root: Field, context: WashContext): Promise<Derived> {
  const dev = root.at("dev");
  const workload = root.at("workload");
  const image = washComponentPath(root, context.directory);
  const built = { source: washComponentField(root), image };
  const shared = await readWashEnvironment(workload.at("environment"), root, context);
  const mounts = toMounts(dev.at("volumes"));
  const resources = toResources(workload, workload, shared, mounts);
  const isService = dev.at("service").value === true;
  const components: Derived[] = [];
  if (!isService) {
    const taken = dev
      .at("components")
      .items()
      .map((component) => component.at("name").text);
    const stem = basename(image, ".wasm");
    const name = taken.includes(stem) ? "wash-dev-component" : stem;
    components.push(toGuest(built, { name: leaf(built.source, name), localResources: resources }));
  }
  for (const component of dev.at("components").items()) {
    const own = await readWashEnvironment(component.at("environment"), root, context);
    const localResources = toResources(component, workload, { ...shared, ...own }, mounts);
    components.push(toDevComponent(component, localResources, context.directory));
  }
  const service = isService ? built : serviceOf(dev, context.directory);
  return map(root, {
    metadata: map(root, { name: leaf(root, "dev") }),
    apiVersion: leaf(root, "runtime.wasmcloud.dev/v1alpha1"),
    kind: leaf(root, "Workload"),
    spec: map(root, {
      service:
        service &&
        toGuest(service, { ports: copied(dev.at("service_ports")), localResources: resources }),
      components: { tag: "list", source: dev.at("components"), items: components },
      volumes: toVolumes(dev.at("volumes"), context.directory),
      hostInterfaces: toInterfaces(dev.at("host_interfaces"), components.length > 0),
    }),
  });
}

interface Built {
  readonly source: Field;
  /** A path, or what only a registry has. */
  readonly image: string;
}

function washComponentField(root: Field): Field {
  const own = root.at("dev", "component_path");
  return own.exists ? own : root.at("build", "component_path");
}

function serviceOf(dev: Field, directory: string): Built | undefined {
  const file = dev.at("service_file");
  if (file.text !== undefined) return { source: file, image: resolve(directory, file.text) };
  const image = dev.at("service_image");
  return image.text === undefined ? undefined : { source: image, image: image.text };
}

function toGuest(
  { source, image }: Built,
  entries: Readonly<Record<string, Derived | undefined>>,
): Derived {
  return map(source, { image: leaf(source, image), ...entries });
}

function toDevComponent(component: Field, localResources: Derived, directory: string): Derived {
  const file = component.at("file");
  const image =
    file.text === undefined
      ? copied(component.at("image"))
      : leaf(file, resolve(directory, file.text));
  return map(component, {
    name: copied(component.at("name")),
    image,
    poolSize: copied(component.at("poolSize")),
    maxInvocations: copied(component.at("maxInvocations")),
    maxConcurrency: copied(component.at("maxConcurrency")),
    localResources,
  });
}

/** What a component says goes before what the workload says; `config` is merged, lists are replaced. */
function toResources(
  own: Field,
  workload: Field,
  variables: Variables,
  volumeMounts: Derived | undefined,
): Derived {
  const list = (key: string): Derived | undefined =>
    copied(own.at(key)) ?? copied(workload.at(key));
  const config = [workload, own].flatMap((part) =>
    part
      .at("config")
      .entries()
      .map(([key, field]) => [key, copied(field)] as const),
  );
  const declared = own.at("config").exists ? own.at("config") : workload.at("config");
  return map(own, {
    environment: map(own, { config: map(own, variables) }),
    config: config.length === 0 ? undefined : map(declared, Object.fromEntries(config)),
    allowedHosts: list("allowedHosts"),
    allowedIpNameLookups: list("allowedIpNameLookups"),
    allowedHostLoopbackPorts: list("allowedHostLoopbackPorts"),
    volumeMounts,
  });
}

function toVolumes(volumes: Field, directory: string): Derived | undefined {
  if (volumes.items().length === 0) return undefined;
  const items = volumes.items().map((volume, index) => {
    const path = volume.at("host_path");
    const hostPath = map(path, { path: leaf(path, resolve(directory, path.text ?? "")) });
    return map(volume, { name: leaf(volume, `volume-${index}`), hostPath });
  });
  return { tag: "list", source: volumes, items };
}

function toMounts(volumes: Field): Derived | undefined {
  if (volumes.items().length === 0) return undefined;
  const items = volumes.items().map((volume, index) => {
    const mountPath = copied(volume.at("guest_path"));
    return map(volume, { name: leaf(volume, `volume-${index}`), mountPath });
  });
  return { tag: "list", source: volumes, items };
}

/** wash leads all requests to its one workload, whether it asks for them or not. */
function toInterfaces(interfaces: Field, hasComponents: boolean): Derived {
  const items = interfaces.items().map((entry): Derived => {
    const copy = copied(entry);
    if (copy?.tag !== "map" || !isRoute(entry)) return copy ?? map(entry, {});
    const config = copied(entry.at("config"));
    const entries = config?.tag === "map" ? config.entries : {};
    const host = entries["host"] ?? leaf(entry, DEV_HOST);
    return map(entry, { ...copy.entries, config: map(entry.at("config"), { ...entries, host }) });
  });
  if (hasComponents && !interfaces.items().some(isRoute)) {
    items.push(
      map(interfaces, {
        namespace: leaf(interfaces, "wasi"),
        package: leaf(interfaces, "http"),
        interfaces: {
          tag: "list",
          source: interfaces,
          items: [leaf(interfaces, "incoming-handler")],
        },
        config: map(interfaces, { host: leaf(interfaces, DEV_HOST) }),
      }),
    );
  }
  return { tag: "list", source: interfaces, items };
}

const DEV_HOST = "localhost";

function isRoute(entry: Field): boolean {
  return (
    entry.at("namespace").text === "wasi" &&
    entry.at("package").text === "http" &&
    entry
      .at("interfaces")
      .items()
      .some(({ text }) => text === "incoming-handler")
  );
}

function map(source: Field, entries: Readonly<Record<string, Derived | undefined>>): Derived {
  return { tag: "map", source, entries };
}

function leaf(source: Field, value: string): Derived {
  return { tag: "leaf", source, value };
}
