import { dirname } from "node:path";
import type { GuestKind } from "../../policy/policy.ts";
import { readConfigLayer } from "./config-layer.ts";
import type { Context } from "./context.ts";
import { type Declaration, namespaceOf, workloadSpec } from "./declaration.ts";
import type { Field } from "./field.ts";
import { parseImage, resolveImageFile } from "./image.ts";
import { didYouMean } from "./nearest.ts";
import { readLimits } from "./read-limits.ts";
import { readPolicy } from "./read-policy.ts";
import { readDuration } from "./read-quantity.ts";
import { readPorts } from "./read-ports.ts";
import { readReadiness } from "./read-readiness.ts";
import { readMounts } from "./read-volumes.ts";
import type { Component, Guest, RestartPolicy, Service } from "./workload.ts";

/** Reads `service`. */
export function readService(field: Field, declaration: Declaration, context: Context): Service {
  const maxRestarts = field.at("maxRestarts").integer ?? 0;
  const restart = field.at("restart");
  if (restart.exists && maxRestarts === 0) {
    const message = `${restart.path} has no effect while maxRestarts is 0`;
    context.report.notice(restart.keyLocation, message);
  }
  const ports = readPorts(field.at("ports"), context);
  return {
    ...readGuest("service", field, declaration, context),
    args: field
      .at("args")
      .items()
      .flatMap(({ text }) => text ?? []),
    maxRestarts,
    restart: readRestart(restart, context),
    ports,
    readiness: readReadiness(field.at("readiness"), ports, declaration, context),
  };
}

/** Reads an entry of `components`. */
export function readComponent(field: Field, declaration: Declaration, context: Context): Component {
  const poolSize = field.at("poolSize").integer ?? 0;
  const maxInvocations = field.at("maxInvocations");
  if ((maxInvocations.integer ?? 0) > 0 && poolSize === 0) {
    const message = `${maxInvocations.path} has no effect without poolSize: each call has an instance of its own`;
    context.report.notice(maxInvocations.keyLocation, message);
  }
  return {
    ...readGuest("component", field, declaration, context),
    name: field.at("name").text ?? "",
    poolSize,
    maxInvocations: maxInvocations.integer ?? 0,
    timeout: readDuration(field.at("timeout"), 30_000, context.report, {
      milliseconds: 1,
      text: "1ms",
    }),
  };
}

function readGuest(
  kind: GuestKind,
  field: Field,
  declaration: Declaration,
  context: Context,
): Guest {
  const resources = field.at("localResources");
  return {
    image: readImage(field.at("image"), declaration, context),
    environment: readEnvironment(resources.at("environment"), declaration, context),
    limits: readLimits(resources.at("limits"), context),
    mounts: readMounts(resources, workloadSpec(declaration), context),
    policy: readPolicy(kind, field, workloadSpec(declaration).at("egress"), context),
    location: field.at("image").location,
  };
}

function readImage(field: Field, declaration: Declaration, context: Context): string {
  if (field.text === undefined) return "";
  const image = parseImage(field.text);
  switch (image.tag) {
    case "file": {
      const path = resolveImageFile(field.text, dirname(field.document.file.path));
      if (path === undefined) {
        const message = `${field.path} must be a file: URL of this machine, not ${JSON.stringify(field.text)}`;
        context.report.problem("bad-value", field.location, message);
        return "";
      }
      context.images.push({ path, field });
      return path;
    }
    case "artifact": {
      const artifact = resolveArtifact(field, image.name, declaration, context)?.at(
        "spec",
        "image",
      );
      // Told where it is written, as every image of an Artifact that is not a file.
      if (artifact?.text === undefined) return "";
      if (parseImage(artifact.text).tag === "artifact") {
        const message = `${artifact.path} must be a file, not another artifact`;
        context.report.problem("bad-value", artifact.location, message);
        return "";
      }
      return readImage(artifact, declaration, context);
    }
    case "url":
    case "oci":
      return "";
  }
}

function resolveArtifact(
  field: Field,
  name: string,
  declaration: Declaration,
  { report, sources }: Context,
): Field | undefined {
  const artifacts =
    declaration.kind === "WorkloadDeployment"
      ? declaration.root.at("spec", "artifacts").items()
      : [];
  const artifact = artifacts.find((each) => each.at("name").text === name);
  if (artifact === undefined) {
    const names = artifacts.flatMap((each) => each.at("name").text ?? []);
    const message =
      declaration.kind === "WorkloadDeployment"
        ? `${field.path}: spec.artifacts has no entry ${JSON.stringify(name)}${didYouMean(name, names)}`
        : `${field.path}: only a WorkloadDeployment has artifacts, not a ${declaration.kind}`;
    report.problem("unresolved", field.location, message);
    return undefined;
  }
  return sources.resolve("Artifact", namespaceOf(declaration), artifact.at("artifactFrom"));
}

function readEnvironment(
  field: Field,
  declaration: Declaration,
  context: Context,
): Readonly<Record<string, string>> {
  const settings = readConfigLayer(field, namespaceOf(declaration), context);
  for (const [key, { text, field: source }] of settings) {
    if (text.includes("\0")) {
      const message = `${source.path} gives ${key} a NUL, which no environment variable can hold`;
      context.report.problem("bad-value", source.location, message);
    }
  }
  return Object.fromEntries([...settings].map(([key, { text }]) => [key, text]));
}

function readRestart(field: Field, { report }: Context): RestartPolicy {
  const initial = field.at("backoff", "initial");
  const max = field.at("backoff", "max");
  const ceiling = readDuration(max, 10_000, report);
  const first = readDuration(initial, Math.min(100, ceiling), report);
  if (initial.exists && max.exists && first > ceiling) {
    const message = `${initial.path} must be at most max (${max.text}), not ${initial.text}`;
    report.problem("bad-value", initial.location, message);
  }
  return {
    policy: readRestartPolicy(field.at("policy")),
    backoff: { initial: first, max: Math.max(first, ceiling) },
    healthyAfter: readDuration(field.at("healthyAfter"), 60_000, report),
  };
}

function readRestartPolicy({ text }: Field): RestartPolicy["policy"] {
  return text === "always" || text === "never" ? text : "on-failure";
}
