import { dirname, resolve } from "node:path";
import { parsePortRange, PublishError } from "../network/publish.ts";
import { QUOTA_PAGE } from "../network/quota.ts";
import type { QuotaLimits } from "../network/quota-table.ts";
import { findFileFault } from "./check-images.ts";
import type { Field } from "./field.ts";
import {
  type ForwardPortsConfig,
  type HostConfig,
  HTTP_COUNTS,
  HTTP_DURATIONS,
  HTTP_SIZES,
  type HttpLimitsConfig,
} from "./host-config.ts";
import { readDuration, readSize } from "./read-quantity.ts";
import type { TunnelDefaults } from "./tunnel.ts";
import type { Report } from "./report.ts";

/** Reads a host's configuration. What the schema does not allow reads as if it were not there. */
export function readHostConfig(root: Field, report: Report): HostConfig {
  const http = root.at("http");
  const api = root.at("api");
  const firecase = root.at("firecase");
  const egress = root.at("egress");
  const accessLog = http.at("accessLog");
  return {
    path: root.document.file.path,
    http: {
      address: http.at("address").text,
      trustedProxies: readTexts(http.at("trustedProxies")),
      accessLog: accessLog.text === "-" ? "-" : readPath(accessLog),
      limits: readLimits(http.at("limits"), report),
    },
    https: readHttps(root.at("https")),
    api: {
      enabled: readFlag(api.at("enabled")),
      address: api.at("address").text,
      socket: readSocket(api.at("socket")),
      tokenFile: readPath(api.at("tokenFile")),
      adminTokenFile: readPath(api.at("adminTokenFile")),
      allowRemote: readFlag(api.at("allowRemote")),
    },
    firecase: {
      hostname: firecase.at("hostname").text,
      address: firecase.at("address").text,
      maxForwardedPorts: firecase.at("max_forwarded_ports").integer,
    },
    forwards: root
      .at("forwards")
      .items()
      .flatMap(({ text, location, path }) =>
        text === undefined ? [] : [{ text, location, field: path }],
      ),
    forwardPorts: readForwardPorts(root.at("forwardPorts"), report),
    egress: {
      allowHostLoopback: readFlag(egress.at("allowHostLoopback")),
      denyPrivateRanges: readFlag(egress.at("denyPrivateRanges")),
      resolver: egress.at("resolver").text,
      httpClientCa: readPath(egress.at("httpClientCa")),
    },
    quotas: readQuotas(root.at("quotas"), report),
    tunnel: readTunnelDefaults(root.at("tunnel")),
    logs: { directory: readPath(root.at("logs", "directory")) },
  };
}

/** Reports files that must be there, and are not or cannot be read. */
export async function checkConfigFiles(root: Field, report: Report): Promise<void> {
  const https = root.at("https");
  const certificates = https.at("certificates").items();
  for (const field of [
    ...certificates.flatMap((certificate) => [certificate.at("cert"), certificate.at("key")]),
    https.at("clientCa"),
    root.at("api", "tokenFile"),
    root.at("api", "adminTokenFile"),
    root.at("egress", "httpClientCa"),
    root.at("tunnel", "secretFile"),
    root.at("tunnel", "caFile"),
  ]) {
    const path = readPath(field);
    const fault = path === undefined ? undefined : await findFileFault(path);
    if (fault === undefined) continue;
    report.problem("unresolved", field.location, `${field.path}: ${field.text ?? ""} ${fault}`);
  }
}

function readHttps(https: Field): HostConfig["https"] {
  if (!https.exists) return undefined;
  return {
    address: https.at("address").text ?? "",
    certificates: https
      .at("certificates")
      .items()
      .map((certificate) => ({
        cert: readPath(certificate.at("cert")) ?? "",
        key: readPath(certificate.at("key")) ?? "",
      })),
    clientCa: readPath(https.at("clientCa")),
  };
}

function readLimits(limits: Field, report: Report): HttpLimitsConfig {
  const numbers: Partial<Record<keyof Omit<HttpLimitsConfig, "resets">, number>> = {};
  for (const key of HTTP_SIZES) {
    const field = limits.at(key);
    if (field.exists) numbers[key] = readSize(field, 0, LEAST, MOST, report);
  }
  for (const key of HTTP_DURATIONS) {
    const field = limits.at(key);
    const least = key === "requestTimeout" ? undefined : INSTANT;
    if (field.exists) numbers[key] = readDuration(field, 0, report, least);
  }
  for (const key of HTTP_COUNTS) {
    const count = limits.at(key).integer;
    if (count !== undefined) numbers[key] = count;
  }
  const { integer: burst } = limits.at("resets", "burst");
  const { integer: rate } = limits.at("resets", "rate");
  if (burst === undefined || rate === undefined) return numbers;
  return { ...numbers, resets: { burst, rate } };
}

const LEAST = { bytes: 1024, text: "1Ki" };
const MOST = { bytes: 2 ** 40, text: "1024Gi" };
const INSTANT = { milliseconds: 1, text: "1ms" };

function readForwardPorts(ports: Field, report: Report): ForwardPortsConfig {
  const auto = ports.at("auto");
  const blocked = ports.at("blocked");
  return {
    autoPorts: auto.text === undefined ? undefined : readRange(auto, auto.text, report),
    blockedPorts: blocked.exists ? readPorts(blocked.items(), report) : undefined,
    allowPrivileged: readFlag(ports.at("allowPrivileged")),
  };
}

/** Ports and ranges of them; each port once, however often it is written. */
function readPorts(fields: readonly Field[], report: Report): readonly number[] {
  const ports = new Set<number>();
  for (const field of fields) {
    const { integer, text } = field;
    if (integer !== undefined) ports.add(integer);
    const range = text === undefined ? undefined : readRange(field, text, report);
    for (let port = range?.first ?? 1; port <= (range?.last ?? 0); port += 1) ports.add(port);
  }
  return [...ports];
}

/** Undefined for what is no range: the schema has told of that, or it is told here. */
function readRange(
  field: Field,
  text: string,
  report: Report,
): { readonly first: number; readonly last: number } | undefined {
  if (!/^\d{1,5}-\d{1,5}$/.test(text)) return undefined;
  try {
    return parsePortRange(text, text);
  } catch (error) {
    if (!(error instanceof PublishError)) throw error;
    report.problem("bad-value", field.location, `${field.path}: ${error.message}`);
    return undefined;
  }
}

function readQuotas(quotas: Field, report: Report): QuotaLimits {
  const buffered = quotas.at("bufferedBytes");
  const bytes = buffered.exists ? readSize(buffered, 0, PAGE, MOST, report) : undefined;
  return {
    ...countOf("socket", quotas.at("sockets")),
    ...countOf("connection", quotas.at("connections")),
    ...countOf("listener", quotas.at("listeners")),
    ...(bytes !== undefined && { page: Math.floor(bytes / QUOTA_PAGE) }),
    ...countOf("lookup", quotas.at("lookups")),
    ...countOf("file", quotas.at("files")),
  };
}

function readTunnelDefaults(tunnel: Field): TunnelDefaults | undefined {
  const path = readPath(tunnel.at("secretFile"));
  if (!tunnel.exists) return undefined;
  return {
    to: tunnel.at("server").text ?? "",
    secret: path === undefined ? undefined : { tag: "file", path },
    caFile: readPath(tunnel.at("caFile")),
  };
}

const PAGE = { bytes: QUOTA_PAGE, text: `${QUOTA_PAGE / 1024}Ki` };

function countOf(kind: keyof QuotaLimits, { integer }: Field): QuotaLimits {
  return integer === undefined ? {} : { [kind]: integer };
}

function readFlag({ value }: Field): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function readTexts(field: Field): readonly string[] | undefined {
  return field.exists ? field.items().flatMap(({ text }) => text ?? []) : undefined;
}

/** Relative to the file. */
function readPath({ text, document }: Field): string | undefined {
  return text === undefined || text === "" ? undefined : resolve(dirname(document.file.path), text);
}

/** What has a slash and no scheme is a path; everything else is a name, or a URL. */
function readSocket(field: Field): string | undefined {
  const isPath = field.text?.includes("/") === true && !field.text.includes("://");
  return isPath ? readPath(field) : field.text;
}
