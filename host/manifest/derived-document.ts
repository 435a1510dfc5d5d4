import { ManifestDocument, type Position, type Value } from "./document.ts";
import { Field } from "./field.ts";
import type { ManifestFile } from "./manifest-file.ts";
import type { Location } from "./workload.ts";

/** A part of a document that is made of parts of another one; `source` is what it comes from. */
export type Derived =
  | { readonly tag: "leaf"; readonly source: Field; readonly value: Value }
  | { readonly tag: "list"; readonly source: Field; readonly items: readonly Derived[] }
  | {
      readonly tag: "map";
      readonly source: Field;
      readonly entries: Readonly<Record<string, Derived | undefined>>;
    };

/** A part as it stands in its source; undefined where it is not there. */
export function copied(source: Field): Derived | undefined {
  if (!source.exists) return undefined;
  if (source.isMap) {
    const entries = source.entries().map(([key, field]) => [key, copied(field)] as const);
    return { tag: "map", source, entries: Object.fromEntries(entries) };
  }
  if (Array.isArray(source.value)) {
    const items = source.items().flatMap((item) => copied(item) ?? []);
    return { tag: "list", source, items };
  }
  return { tag: "leaf", source, value: source.value ?? null };
}

/** A document in whose messages places and paths are those of its sources. */
export interface DerivedDocument {
  readonly document: ManifestDocument;
  /** Puts the paths of the sources in the place of those of the document. */
  readonly toSourcePaths: (message: string) => string;
}

/** Makes a document of `root` as if it stood in `file`. */
export function deriveDocument(root: Derived, file: ManifestFile): DerivedDocument {
  const positions = new Map<string, Position>();
  const sources = new Map<string, Field>();
  const locations: Location[] = [];
  const place = (location: Location): number => locations.push(location) - 1;
  const add = (part: Derived, pointer: string): Value => {
    const { source } = part;
    positions.set(pointer, { key: place(source.keyLocation), value: place(source.location) });
    sources.set(pointer, source);
    switch (part.tag) {
      case "leaf":
        return part.value;
      case "list":
        return part.items.map((item, index) => add(item, `${pointer}/${index}`));
      case "map":
        return Object.fromEntries(
          Object.entries(part.entries).flatMap(([key, entry]) =>
            entry === undefined ? [] : [[key, add(entry, `${pointer}/${escaped(key)}`)]],
          ),
        );
    }
  };
  const value = add(root, "");
  const toLocation = (index: number): Location => locations[index] ?? root.source.location;
  const document = new ManifestDocument(file, value, positions, toLocation);
  const paths = new Map<string, string>();
  for (const [pointer, source] of sources) {
    // What comes from the whole of the source has no other name than its own.
    if (source.path !== "") paths.set(Field.at(document, pointer).path, source.path);
  }
  return { document, toSourcePaths: (message) => replacePaths(message, paths) };
}

/** A path as `Field` writes it, from `spec` on. */
const PATH = /\bspec(?:\.[\w$-]+|\[\d+\]|\["(?:[^"\\]|\\.)*"\])*/g;

function replacePaths(message: string, paths: ReadonlyMap<string, string>): string {
  return message.replaceAll(PATH, (path) => {
    for (let end = path.length; end > 0; end -= 1) {
      const source = paths.get(path.slice(0, end));
      if (source !== undefined) return source + path.slice(end);
    }
    return path;
  });
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
