import { toHostName } from "./host-name.ts";

/** A name in a list, as people write it: one host, all hosts below a suffix, or every host. */
export type HostPattern =
  | { readonly tag: "any" }
  /** `*.example.com`: the hosts below `suffix`, which is `.example.com`, at any depth; not the suffix itself. */
  | { readonly tag: "suffix"; readonly suffix: string }
  | { readonly tag: "name"; readonly name: string };

/** Reads `*`, `*.example.com` or `example.com`; undefined for what is none of them, IP addresses included. */
export function parseHostPattern(text: string): HostPattern | undefined {
  if (text === "*") return { tag: "any" };
  const isSuffix = text.startsWith("*.");
  const name = toHostName(isSuffix ? text.slice(2) : text);
  if (name === undefined) return undefined;
  return isSuffix ? { tag: "suffix", suffix: `.${name}` } : { tag: "name", name };
}

/** Whether a host is one that the pattern means; `name` is in the form of `toHostName`. */
export function matchesHost(pattern: HostPattern, name: string): boolean {
  switch (pattern.tag) {
    case "any":
      return true;
    case "suffix":
      return name.endsWith(pattern.suffix) && name.length > pattern.suffix.length;
    case "name":
      return name === pattern.name;
  }
}

/** The pattern as it would be written: the same for all spellings of it. */
export function formatHostPattern(pattern: HostPattern): string {
  switch (pattern.tag) {
    case "any":
      return "*";
    case "suffix":
      return `*${pattern.suffix}`;
    case "name":
      return pattern.name;
  }
}
