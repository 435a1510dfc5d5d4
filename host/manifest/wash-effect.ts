import type { Field } from "./field.ts";
import type { Report } from "./report.ts";

/** Tells of what wash does and Islet does not: a mistake where a person would rely on it, else a notice. */
export function checkWashEffect(root: Field, report: Report): void {
  for (const [path, reason] of REFUSED) {
    const field = root.at(...path.split("."));
    if (asks(field)) {
      report.problem("unsupported", field.keyLocation, `${field.path} is not supported: ${reason}`);
    }
  }
  for (const [path, reason] of IDLE) {
    const field = root.at(...path.split("."));
    if (asks(field)) {
      report.notice(field.keyLocation, `${field.path} has no effect: ${reason}`);
    }
  }
  for (const component of root.at("dev", "components").items()) checkSource(component, report);
  checkSource(root.at("dev"), report, "service_");
  const dev = root.at("dev");
  const service = [dev.at("service_file"), dev.at("service_image")].find(({ exists }) => exists);
  if (dev.at("service").value === true && service !== undefined) {
    const message = `${service.path} has no effect: ${dev.at("service").path} makes the component the service`;
    report.notice(service.keyLocation, message);
  }
}

const PLUGINS = "this host loads no plugins";
const TLS = "certificates are given by --tls-cert and --tls-key, with --https";
const INTERFACES = "it is for interfaces that this host does not provide";
const PROPOSALS = "WebAssembly is what this version of Node has of it";
const AUTHORITIES = "--http-client-ca-path says which authorities are trusted";
const QUOTAS = "limits of a workload are localResources.limits in a manifest";
const TELEMETRY = "nothing is sent to a collector";

const REFUSED: readonly (readonly [string, string])[] = [
  ["dev.host_plugins", PLUGINS],
  ["host.hostPlugins", PLUGINS],
  ["dev.tls_cert_path", TLS],
  ["dev.tls_key_path", TLS],
  ["dev.tls_ca_path", TLS],
];

const IDLE: readonly (readonly [string, string])[] = [
  ["dev.service_pull_policy", "images are files"],
  ["dev.allow_insecure_registries", "images are files"],
  ["dev.environment", "it is for the process of wash; workload.environment is for guests"],
  ["dev.http_client_ca_paths", AUTHORITIES],
  ["dev.http_client_trust_roots", AUTHORITIES],
  ["dev.max_outbound_socket_connections_per_workload", QUOTAS],
  ["dev.max_inbound_socket_connections_per_workload", QUOTAS],
  ["dev.max_connections", QUOTAS],
  ["dev.max_outbound_http_connections_per_workload", QUOTAS],
  ["dev.http_connection_wait", QUOTAS],
  ["dev.wasi_webgpu", INTERFACES],
  ["dev.data_nats_url", INTERFACES],
  ["dev.wasi_keyvalue_redis_url", INTERFACES],
  ["dev.wasi_keyvalue_path", INTERFACES],
  ["dev.wasi_keyvalue_nats_url", INTERFACES],
  ["dev.wasi_blobstore_path", INTERFACES],
  ["dev.postgres_url", INTERFACES],
  ["dev.wasi_otel", TELEMETRY],
  ["dev.otel_host_endpoint", TELEMETRY],
  ["dev.otel_workload_endpoint", TELEMETRY],
  ["dev.wasm_proposals", PROPOSALS],
];

/** Whether a field asks for something: `false`, `[]` and `{}` do not. */
function asks({ value }: Field): boolean {
  if (value === undefined || value === null || value === false) return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** A component comes from a file or from an image. */
function checkSource(part: Field, report: Report, prefix = ""): void {
  const file = part.at(`${prefix}file`);
  const image = part.at(`${prefix}image`);
  if (file.exists && image.exists) {
    const message = `${image.path} and ${file.path} exclude each other`;
    report.problem("bad-value", image.keyLocation, message);
  } else if (prefix === "" && !file.exists && !image.exists) {
    report.problem("missing-key", part.location, `${file.path} is missing`);
  }
  const policy = part.at("pullPolicy");
  if (policy.exists) {
    report.notice(policy.keyLocation, `${policy.path} has no effect: images are files`);
  }
}
