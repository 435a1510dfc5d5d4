import type { Field } from "./field.ts";

/** Whether an entry of `hostInterfaces` is about `wasi:http`. */
export function isHttp(entry: Field): boolean {
  return entry.at("namespace").text === "wasi" && entry.at("package").text === "http";
}

/** Whether an entry of `hostInterfaces` is about a package that every guest has, without asking for it. */
export function isBuiltIn(entry: Field): boolean {
  const version = entry.at("version").text ?? "0.2";
  return (
    entry.at("namespace").text === "wasi" &&
    BUILT_IN.has(entry.at("package").text ?? "") &&
    isWasi02(version)
  );
}

/** Whether a version is of WASI 0.2. */
export function isWasi02(version: string): boolean {
  return version === "0.2" || version.startsWith("0.2.");
}

/** `wasi:http@0.2.0`, as an entry names it; undefined where it does not say enough. */
export function packageOf(entry: Field): string | undefined {
  const namespace = entry.at("namespace").text;
  const name = entry.at("package").text;
  const version = entry.at("version").text;
  if (namespace === undefined || name === undefined) return undefined;
  return version === undefined ? `${namespace}:${name}` : `${namespace}:${name}@${version}`;
}

const BUILT_IN: ReadonlySet<string> = new Set([
  "io",
  "clocks",
  "random",
  "cli",
  "sockets",
  "filesystem",
]);
