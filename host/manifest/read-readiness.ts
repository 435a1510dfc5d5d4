import type { Context } from "./context.ts";
import { type Declaration, workloadSpec } from "./declaration.ts";
import type { Field } from "./field.ts";
import { didYouMean } from "./nearest.ts";
import { readDuration } from "./read-quantity.ts";
import type { Readiness, ServicePort } from "./workload.ts";

/** Reads `service.readiness` of a service that declares `ports`. */
export function readReadiness(
  field: Field,
  ports: readonly ServicePort[],
  declaration: Declaration,
  context: Context,
): Readiness {
  return {
    timeout: readDuration(field.at("timeout"), 10_000, context.report),
    port: readPort(field.at("port"), ports, context),
    http: readProbe(field.at("http"), declaration, context),
  };
}

function readPort(
  field: Field,
  ports: readonly ServicePort[],
  { report }: Context,
): ServicePort | undefined {
  const { text } = field;
  if (text === undefined) return undefined;
  const port = ports.find(({ name }) => name === text);
  if (port === undefined) {
    const hint = didYouMean(
      text,
      ports.map(({ name }) => name),
    );
    const message = `${field.path} is ${JSON.stringify(text)}, which no port of the service is called${hint}`;
    report.problem("unresolved", field.location, message);
  }
  return port;
}

function readProbe(field: Field, declaration: Declaration, { report }: Context): Readiness["http"] {
  const path = field.at("path").text;
  if (path === undefined) return undefined;
  // Of a path that is none, that is told already.
  if (path.startsWith("/") && workloadSpec(declaration).at("components").items().length === 0) {
    const message = `${field.path} asks a component, and the workload has none`;
    report.problem("unresolved", field.location, message);
  }
  return { path };
}
