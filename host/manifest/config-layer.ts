import type { Context } from "./context.ts";
import type { Field } from "./field.ts";

/** One value of a config layer. */
export interface Setting {
  readonly text: string;
  /** Where the value was written, or the reference through which it came. */
  readonly field: Field;
}

/** Merges `config`, `configFrom` and `secretFrom` of `layer` in that order; the later wins. */
export function readConfigLayer(
  layer: Field,
  namespace: string,
  { sources }: Context,
): Map<string, Setting> {
  const settings = new Map<string, Setting>();
  const config = layer.at("config");
  for (const [key, text] of config.textEntries()) {
    settings.set(key, { text, field: config.at(key) });
  }
  for (const field of layer.at("configFrom").items()) {
    for (const [key, text] of sources.configMap(namespace, field))
      settings.set(key, { text, field });
  }
  for (const field of layer.at("secretFrom").items()) {
    for (const [key, text] of sources.secret(namespace, field)) settings.set(key, { text, field });
  }
  return settings;
}
