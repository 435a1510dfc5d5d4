import type { Setting } from "./config-layer.ts";
import { type Declaration, workloadSpec } from "./declaration.ts";
import type { Field } from "./field.ts";
import { didYouMean } from "./nearest.ts";
import type { Report } from "./report.ts";

/** Reads `config.path` of a route; `/` where there is none. */
export function readRoutePath(setting: Setting | undefined, report: Report): string {
  if (setting === undefined) return "/";
  const { text, field } = setting;
  if (text === "/" || (text.length <= PATH_MAX && PATH.test(text) && !DOTS.test(text))) {
    return text.length > 1 && text.endsWith("/") ? text.slice(0, -1) : text;
  }
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
  const message = `${field.path} must be a path such as /api, without "." segments, escapes and a query, not ${shown}`;
  report.problem("bad-value", field.location, message);
  return "/";
}

/**
 * Reads `config.port` of a route, the number or the name of a port of the service;
 * undefined where a component answers.
 */
export function readRoutePort(
  setting: Setting | undefined,
  declaration: Declaration,
  report: Report,
): number | undefined {
  if (setting === undefined) return undefined;
  const { text, field } = setting;
  const service = workloadSpec(declaration).at("service");
  if (!service.exists) {
    const message = `${field.path} is a port of the service, and the workload has none`;
    report.problem("missing-key", field.location, message);
    return undefined;
  }
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number >= 1 && number <= 65_535) return number;
  return findPort(text, service.at("ports"), { field, report });
}

/** RFC 3986 §3.3: segments of characters that need no escape, none of them empty; no "*", which would look like a pattern. */
const PATH = /^(?:\/[\w.~!$&'()+,;=:@-]+)+\/?$/;
const DOTS = /\/\.{1,2}(?:\/|$)/;
const PATH_MAX = 1024;

function findPort(
  name: string,
  ports: Field,
  { field, report }: { readonly field: Field; readonly report: Report },
): number | undefined {
  const port = ports.items().find((port) => port.at("name").text === name);
  const names = ports.items().flatMap((port) => port.at("name").text ?? []);
  if (port === undefined) {
    const message = `${field.path} must be the name of one of the service's ports, or a number from 1 to 65535, not ${JSON.stringify(name)}${didYouMean(name, names)}`;
    report.problem("bad-value", field.location, message);
    return undefined;
  }
  if (port.at("protocol").text === "UDP") {
    const message = `${field.path} must be a TCP port: ${name} is a UDP port`;
    report.problem("bad-value", field.location, message);
    return undefined;
  }
  return port.at("port").integer;
}
