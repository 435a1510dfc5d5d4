import { dirname, resolve } from "node:path";
import { formatPublish, parsePublish, PublishError } from "../network/publish.ts";
import { PROXY_USES, type PublishOptions } from "../network/publish-options.ts";
import type { Context } from "./context.ts";
import { parseDuration } from "./duration.ts";
import type { Field } from "./field.ts";
import type { ServicePort } from "./workload.ts";

/** Reads `service.ports`. */
export function readPorts(field: Field, { report }: Context): readonly ServicePort[] {
  const ports: ServicePort[] = [];
  for (const entry of field.items()) {
    const name = entry.at("name").text ?? "";
    const port = entry.at("port").integer ?? 0;
    const protocol = entry.at("protocol").text === "UDP" ? "udp" : "tcp";
    const twin = ports.find((other) => other.port === port && other.protocol === protocol);
    if (twin !== undefined) {
      const message = `${entry.at("port").path} is ${port}, as that of ${JSON.stringify(twin.name)} is`;
      report.problem("duplicate", entry.at("port").location, message);
    }
    ports.push({
      name,
      port,
      protocol,
      publish: readPublish(entry.at("publish"), protocol, report),
      ...readOptions(entry, protocol, report),
    });
  }
  return ports;
}

/** Reads how the port is published; what is not written is not there. */
function readOptions(
  entry: Field,
  protocol: ServicePort["protocol"],
  report: Context["report"],
): PublishOptions {
  const proxy = entry.at("proxyProtocol");
  const proxyProtocol = PROXY_USES.find((use) => use === proxy.text);
  if (proxyProtocol !== undefined && protocol === "udp") {
    report.problem("bad-value", proxy.location, `${proxy.path}: PROXY headers are of TCP only`);
  }
  const maxConnections = entry.at("maxConnections").integer;
  const idleTimeout = parseDuration(entry.at("idleTimeout").text ?? "");
  return {
    ...(proxyProtocol !== undefined && { proxyProtocol }),
    ...(maxConnections !== undefined && { maxConnections }),
    ...(idleTimeout !== undefined && { idleTimeout }),
  };
}

/** Checks what is written, a number as well as a text; the path of a Unix socket is made absolute. */
function readPublish(
  field: Field,
  protocol: ServicePort["protocol"],
  report: Context["report"],
): string | undefined {
  const { text, integer, location } = field;
  const written = text ?? (integer === undefined ? undefined : String(integer));
  if (written === undefined) return undefined;
  try {
    const publish = parsePublish(written);
    if (publish.tag !== "unix") return written;
    if (protocol === "udp")
      throw new PublishError(`"${written}" is a Unix socket, which carries TCP only`);
    return formatPublish({ tag: "unix", path: resolve(dirname(location.file), publish.path) });
  } catch (error) {
    if (!(error instanceof PublishError)) throw error;
    report.problem("bad-value", location, `${field.path}: ${error.message}`);
    return undefined;
  }
}
