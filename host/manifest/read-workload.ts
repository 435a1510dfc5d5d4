import { checkNames } from "./check-names.ts";
import type { Context } from "./context.ts";
import { type Declaration, isReplicated, namespaceOf, workloadSpec } from "./declaration.ts";
import type { Field } from "./field.ts";
import { readComponent, readService } from "./read-guest.ts";
import { readDuration } from "./read-quantity.ts";
import { readRoute } from "./read-route.ts";
import { readVolumes } from "./read-volumes.ts";
import { readTunnels } from "./read-tunnels.ts";
import type { Workload } from "./workload.ts";

/**
 * Reads a declaration of workloads.
 * What is wrong is reported, and stands for nothing in the result.
 */
export function readWorkload(declaration: Declaration, context: Context): Workload {
  const { kind, root } = declaration;
  const metadata = root.at("metadata");
  const template = isReplicated(kind) ? root.at("spec", "template") : undefined;
  const spec = workloadSpec(declaration);
  const service = spec.at("service");
  const components = spec.at("components").items();
  checkNames(spec, context.report);
  checkParts(declaration, context);
  const given = service.exists ? readService(service, declaration, context) : undefined;
  return {
    namespace: namespaceOf(declaration),
    name: metadata.at("name").text ?? "",
    labels: mergeTexts([metadata.at("labels"), template?.at("labels")]),
    annotations: mergeTexts([metadata.at("annotations"), template?.at("annotations")]),
    replicas: readReplicas(declaration, context),
    service: given,
    components: components.map((component) => readComponent(component, declaration, context)),
    volumes: readVolumes(spec, context),
    tunnels: readTunnels(declaration, given, context),
    http: readRoute(declaration, context),
    terminationGracePeriod: readDuration(spec.at("terminationGracePeriod"), 10_000, context.report),
    location: metadata.at("name").location,
  };
}

function mergeTexts(fields: readonly (Field | undefined)[]): Readonly<Record<string, string>> {
  return Object.fromEntries(fields.flatMap((field) => field?.textEntries() ?? []));
}

function readReplicas({ kind, root }: Declaration, { report }: Context): number {
  if (!isReplicated(kind)) return 1;
  const field = root.at("spec", "replicas");
  if (field.value === 0) report.notice(field.keyLocation, `${field.path} is 0: nothing of it runs`);
  return field.integer ?? 1;
}

/** A workload has something to run. */
function checkParts(declaration: Declaration, { report }: Context): void {
  const spec = workloadSpec(declaration);
  if (!spec.isMap || spec.at("components").items().length > 0) return;
  const components = spec.at("components");
  if (!spec.at("service").exists && (!components.exists || Array.isArray(components.value))) {
    const message = `${spec.path} must have a service or components`;
    report.problem("missing-key", spec.keyLocation, message);
    return;
  }
}
