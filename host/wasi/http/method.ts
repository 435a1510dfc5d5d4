/** `wasi:http/types.method`. */
export type Method =
  | { readonly tag: (typeof METHOD_TAGS)[number] }
  | { readonly tag: "other"; readonly val: string };

/** The methods that WIT names, in its order. */
export const METHOD_TAGS = [
  "get",
  "head",
  "post",
  "put",
  "delete",
  "connect",
  "options",
  "trace",
  "patch",
] as const;

/** `wasi:http/types.scheme`. */
export type Scheme =
  | { readonly tag: "HTTP" | "HTTPS" }
  | { readonly tag: "other"; readonly val: string };

/** Where a request's method stands in `METHOD_TAGS`; -1 for another one. Methods are case-sensitive (RFC 9110 §9.1). */
export function methodIndex(method: string): number {
  return METHOD_NAMES.indexOf(method);
}

export function toMethod(method: string): Method {
  const tag = METHOD_TAGS[methodIndex(method)];
  return tag === undefined ? { tag: "other", val: method } : { tag };
}

const METHOD_NAMES: readonly string[] = METHOD_TAGS.map((tag) => tag.toUpperCase());
