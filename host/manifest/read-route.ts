import { readConfigLayer, type Setting } from "./config-layer.ts";
import type { Context } from "./context.ts";
import { type Declaration, namespaceOf, qualifiedName, workloadSpec } from "./declaration.ts";
import type { Field } from "./field.ts";
import { isBuiltIn, isHttp, packageOf } from "./host-interface.ts";
import { parseHostName, parseRouteHost } from "./host-name.ts";
import { didYouMean } from "./nearest.ts";
import { readRoutePath, readRoutePort } from "./read-route-target.ts";
import type { Report } from "./report.ts";
import type { HttpRoute } from "./workload.ts";

/** Reads what `hostInterfaces` says of `wasi:http`; undefined where the workload asks for no route. */
export function readRoute(declaration: Declaration, context: Context): HttpRoute | undefined {
  let route: Field | undefined;
  let result: HttpRoute | undefined;
  for (const entry of workloadSpec(declaration).at("hostInterfaces").items()) {
    const problems = context.report.problems.length;
    const settings = readConfigLayer(entry, namespaceOf(declaration), context);
    const isWhole = context.report.problems.length === problems && !context.report.incomplete;
    if (isBuiltIn(entry)) {
      const message = `${entry.path} (${packageOf(entry)}) has no effect: every guest has it`;
      context.report.notice(entry.location, message);
    }
    if (!isHttp(entry)) continue;
    checkInterfaces(entry, context);
    if (!servesHttp(entry)) {
      noteIdleSettings(entry, settings, context);
    } else if (route === undefined) {
      route = entry;
      checkSettings(entry, settings, context.report);
      const path = readRoutePath(settings.get("path"), context.report);
      const hosts = readHosts(settings, context.report).map(({ host, field }) => {
        context.hosts.push({ host, path, field, workload: qualifiedName(declaration) });
        return host;
      });
      const port = readRoutePort(settings.get("port"), declaration, context.report);
      result = { hosts: [...new Set(hosts)], path, port };
      if (isWhole && !settings.has("port") && !entry.at("config", "port").exists)
        checkAnswerer(entry, declaration, context.report);
      if (isWhole && !settings.has("host")) reportMissingHost(entry, context.report);
    } else {
      const message = `${entry.path} lists incoming-handler, as ${route.path} does: a workload has one route`;
      context.report.problem("duplicate", entry.location, message);
    }
  }
  return result;
}

/** Whether an entry of `hostInterfaces` asks for a route. */
function servesHttp(entry: Field): boolean {
  const interfaces = entry.at("interfaces").items();
  return isHttp(entry) && interfaces.some(({ text }) => text === "incoming-handler");
}

/** A route has something to lead to. */
function checkAnswerer(entry: Field, declaration: Declaration, report: Report): void {
  const spec = workloadSpec(declaration);
  // Without a service as well there is more to say than that.
  if (spec.at("components").items().length > 0 || !spec.at("service").exists) return;
  const message = `${entry.path} asks for a route, but the workload has no component to answer it, and config.port names no port of its service`;
  report.problem("missing-key", entry.location, message);
}

const INTERFACES: readonly string[] = ["incoming-handler", "outgoing-handler", "types", "handler"];

function checkInterfaces(entry: Field, { report }: Context): void {
  for (const field of entry.at("interfaces").items()) {
    const { text } = field;
    if (text !== undefined && !INTERFACES.includes(text)) {
      const name = JSON.stringify(text);
      const message = `${field.path}: wasi:http has no interface ${name}${didYouMean(text, INTERFACES)}`;
      report.problem("bad-value", field.location, message);
    }
  }
  const name = entry.at("name");
  if (name.exists) {
    const message = `${name.path} has no effect: wasi:http is the same under every name`;
    report.notice(name.keyLocation, message);
  }
}

function noteIdleSettings(
  entry: Field,
  settings: ReadonlyMap<string, Setting>,
  { report }: Context,
): void {
  for (const [key, { field }] of settings) {
    const message = `${entry.path} has no route, so its setting ${JSON.stringify(key)} has no effect`;
    report.notice(field.keyLocation, message);
  }
}

const SETTINGS: readonly string[] = ["host", "host-aliases", "path", "port"];

/** A host name, and where it was written. */
interface NamedHost {
  readonly host: string;
  readonly field: Field;
}

function checkSettings(entry: Field, settings: ReadonlyMap<string, Setting>, report: Report): void {
  for (const [key, { field }] of settings) {
    if (!SETTINGS.includes(key)) {
      const message = `${entry.path}: wasi:http has no setting ${JSON.stringify(key)}${didYouMean(key, SETTINGS)}`;
      report.problem("unknown-key", field.keyLocation, message);
    }
  }
}

function readHosts(settings: ReadonlyMap<string, Setting>, report: Report): NamedHost[] {
  const host = settings.get("host");
  return [
    ...parseHosts(host === undefined ? [] : [host], "must be a host name", report),
    ...parseHosts(splitAliases(settings.get("host-aliases")), "must list host names", report),
  ];
}

function reportMissingHost(entry: Field, report: Report): void {
  const config = entry.at("config");
  // A value that is there but not text was told of already.
  if (config.at("host").exists) return;
  const message = `${config.at("host").path} is missing: it is the name that leads to the workload`;
  report.problem("missing-key", config.keyLocation, message);
}

function parseHosts(settings: readonly Setting[], demand: string, report: Report): NamedHost[] {
  return settings.flatMap(({ text, field }) => {
    const host = parseRouteHost(text);
    if (host !== undefined) return [{ host, field }];
    const hasPort = parseHostName(text.replace(/:\d*$/, "")) !== undefined;
    const hint = hasPort ? " (without the port)" : "";
    const message = `${field.path} ${demand}, not ${JSON.stringify(text)}${hint}`;
    report.problem("bad-value", field.location, message);
    return [];
  });
}

function splitAliases(setting: Setting | undefined): Setting[] {
  if (setting === undefined || setting.text.trim() === "") return [];
  return setting.text.split(",").map((text) => ({ text: text.trim(), field: setting.field }));
}
