import { dirname, posix, resolve } from "node:path";
import type { Context } from "./context.ts";
import type { Field } from "./field.ts";
import { didYouMean } from "./nearest.ts";
import { readSize } from "./read-quantity.ts";
import type { Volume, VolumeMount } from "./workload.ts";

/** Reads `volumes` of a `WorkloadSpec`. */
export function readVolumes(spec: Field, context: Context): Volume[] {
  return spec
    .at("volumes")
    .items()
    .flatMap((field) => readVolume(field, context) ?? []);
}

/** Reads `volumeMounts` of a guest of the workload that `spec` is of. */
export function readMounts(resources: Field, spec: Field, context: Context): VolumeMount[] {
  const paths = new Map<string, Field>();
  return resources
    .at("volumeMounts")
    .items()
    .map((field) => readMount(field, spec, paths, context));
}

const KINDS = ["ephemeral", "emptyDir", "hostPath"] as const;

function readVolume(field: Field, context: Context): Volume | undefined {
  const { report } = context;
  const name = field.at("name").text ?? "";
  const given = KINDS.filter((kind) => field.at(kind).exists);
  const [kind, other] = given;
  if (kind === undefined) {
    // What is no map, the schema has told of.
    const message = `${field.path} must say what it is: ephemeral, emptyDir or hostPath`;
    if (field.isMap) report.problem("missing-key", field.location, message);
    return undefined;
  }
  const source = field.at(kind);
  if (other !== undefined) {
    const message = `${field.at(other).path}: the volume is ${kind} already, and can be one only`;
    report.problem("bad-value", field.at(other).keyLocation, message);
    return undefined;
  }
  if (kind !== "hostPath") {
    return { tag: "ephemeral", name, sizeLimit: readSizeLimit(source.at("sizeLimit"), context) };
  }
  const { text } = source.at("path");
  if (text === undefined || text === "") return undefined;
  const path = resolve(dirname(field.document.file.path), text);
  context.directories.push({ path, field: source.at("path") });
  return { tag: "host-path", name, path };
}

function readSizeLimit(field: Field, { report }: Context): number | undefined {
  if (!field.exists) return undefined;
  const least = { bytes: 4 * 2 ** 10, text: "4Ki" };
  const most = { bytes: 2 ** 50, text: "1048576Gi" };
  return readSize(field, most.bytes, least, most, report);
}

function readMount(
  field: Field,
  spec: Field,
  paths: Map<string, Field>,
  { report }: Context,
): VolumeMount {
  const name = field.at("name").text ?? "";
  const names = spec
    .at("volumes")
    .items()
    .flatMap((volume) => volume.at("name").text ?? []);
  if (name !== "" && !names.includes(name)) {
    const message = `${field.at("name").path}: ${spec.path}.volumes has no entry ${JSON.stringify(name)}${didYouMean(name, names)}`;
    report.problem("unresolved", field.at("name").location, message);
  }
  const path = readMountPath(field.at("mountPath"), report);
  const other = paths.get(path);
  if (other === undefined) {
    paths.set(path, field);
  } else if (path !== "") {
    const message = `${field.at("mountPath").path}: ${path} is where ${other.path} is mounted already`;
    report.problem("duplicate", field.at("mountPath").location, message);
  }
  return { name, path, readOnly: field.at("readOnly").value === true };
}

/** Guests find files by comparing the beginnings of paths, so there is one way to write each. */
function readMountPath(field: Field, report: Context["report"]): string {
  const { text } = field;
  if (text === undefined || text === "") return "";
  const wrong = text.includes("\0")
    ? "must not contain a NUL"
    : text.split("/").includes("..")
      ? 'must not contain ".."'
      : undefined;
  if (wrong !== undefined) report.problem("bad-value", field.location, `${field.path} ${wrong}`);
  const path = posix.normalize(text);
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
