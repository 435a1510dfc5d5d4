import { dirname, resolve } from "node:path";
import type { Context } from "./context.ts";
import { type Declaration, namespaceOf, workloadSpec } from "./declaration.ts";
import type { Field } from "./field.ts";
import { didYouMean } from "./nearest.ts";
import { readDuration, readSize } from "./read-quantity.ts";
import type { TunnelDeclaration, TunnelSecret } from "./tunnel.ts";
import type { Service, ServicePort } from "./workload.ts";

/** Reads `tunnels` of a `WorkloadSpec`, which lead to ports of `service`. */
export function readTunnels(
  declaration: Declaration,
  service: Service | undefined,
  context: Context,
): readonly TunnelDeclaration[] {
  const fields = workloadSpec(declaration).at("tunnels").items();
  const [first] = fields;
  if (first !== undefined && service === undefined) {
    const message = `${first.path} leads to a port of the service, and the workload has none`;
    context.report.problem("unresolved", first.location, message);
  }
  return fields.map((field) => readTunnel(field, service?.ports ?? [], declaration, context));
}

function readTunnel(
  field: Field,
  ports: readonly ServicePort[],
  declaration: Declaration,
  context: Context,
): TunnelDeclaration {
  const { report } = context;
  const access = field.at("access");
  const basic = access.at("basic");
  const expires = field.at("expires");
  const bandwidth = field.at("bandwidth");
  return {
    port: readPort(field.at("port"), ports, context),
    to: field.at("to").text,
    remotePort: field.at("remotePort").integer,
    secret: readSecret(field, "secret", declaration, context),
    caFile: readPath(field.at("caFile")),
    basic: basic.exists ? readBasic(basic, declaration, context) : undefined,
    link: access.at("link").value === true,
    from: access.at("from").exists
      ? access
          .at("from")
          .items()
          .flatMap(({ text }) => text ?? [])
      : undefined,
    maxConnections: field.at("maxConnections").integer,
    bandwidth: bandwidth.exists ? readSize(bandwidth, 0, LEAST, MOST, report) : undefined,
    expires: expires.exists ? readDuration(expires, 0, report, SECOND) : undefined,
  };
}

const LEAST = { bytes: 1024, text: "1Ki" };
const MOST = { bytes: 2 ** 40, text: "1024Gi" };
const SECOND = { milliseconds: 1000, text: "1s" };

/** A number, or the name of a TCP port of the service. */
function readPort(field: Field, ports: readonly ServicePort[], { report }: Context): number {
  if (field.integer !== undefined) return field.integer;
  const { text } = field;
  if (text === undefined) return 0;
  const names = ports.filter(({ protocol }) => protocol === "tcp").map(({ name }) => name);
  const port = ports.find(({ name, protocol }) => name === text && protocol === "tcp");
  if (port !== undefined) return port.port;
  const message = `${field.path} is ${JSON.stringify(text)}, which no TCP port of the service is called${didYouMean(text, names)}`;
  report.problem("unresolved", field.location, message);
  return 0;
}

function readBasic(
  field: Field,
  declaration: Declaration,
  context: Context,
): TunnelDeclaration["basic"] {
  const username = field.at("username").text ?? "";
  const password = readSecret(field, "password", declaration, context);
  if (password === undefined && field.isMap) {
    const message = `${field.path} must have passwordFrom or passwordFile`;
    context.report.problem("missing-key", field.location, message);
  }
  return { username, password: password ?? { tag: "text", text: "" } };
}

/** Reads `secretFrom` or `secretFile`, where `what` is `secret`: a secret is never written where it is used. */
function readSecret(
  field: Field,
  what: "secret" | "password",
  declaration: Declaration,
  { report, sources }: Context,
): TunnelSecret | undefined {
  const from = field.at(`${what}From`);
  const file = field.at(`${what}File`);
  if (from.exists && file.exists) {
    const message = `${file.path}: ${from.path} is there already, and one of them is enough`;
    report.problem("bad-value", file.keyLocation, message);
  }
  if (!from.exists) {
    const path = readPath(file);
    return path === undefined ? undefined : { tag: "file", path };
  }
  const values = sources.secret(namespaceOf(declaration), from);
  const key = from.at("key").text;
  const [first, second] = values;
  const found = key === undefined ? first : values.find(([name]) => name === key);
  if (key === undefined && second !== undefined) {
    const message = `${from.path} must say which key it is: the Secret has several`;
    report.problem("missing-key", from.location, message);
  } else if (key !== undefined && found === undefined && values.length > 0) {
    const names = values.map(([name]) => name);
    const message = `${from.at("key").path} is ${JSON.stringify(key)}, which the Secret does not have${didYouMean(key, names)}`;
    report.problem("unresolved", from.at("key").location, message);
  }
  return { tag: "text", text: found?.[1] ?? "" };
}

/** Relative to the manifest. */
function readPath(field: Field): string | undefined {
  const { text } = field;
  if (text === undefined || text === "") return undefined;
  return resolve(dirname(field.document.file.path), text);
}
