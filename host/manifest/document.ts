import type { ManifestFile } from "./manifest-file.ts";
import type { Location } from "./workload.ts";

/** What a document can hold: the values of YAML's core schema, which are those of JSON. */
export type Value =
  | null
  | boolean
  | number
  | string
  | readonly Value[]
  | { readonly [key: string]: Value };

/** Where a value and its key stand, as offsets in the text; undefined for what is not written. */
export interface Position {
  readonly key: number | undefined;
  readonly value: number | undefined;
}

/** One document of a manifest: its value, and the place of every part of it by JSON pointer (RFC 6901). */
export class ManifestDocument {
  readonly file: ManifestFile;
  readonly value: Value;
  readonly #positions: ReadonlyMap<string, Position>;
  readonly #toLocation: (offset: number) => Location;

  constructor(
    file: ManifestFile,
    value: Value,
    positions: ReadonlyMap<string, Position>,
    toLocation: (offset: number) => Location,
  ) {
    this.file = file;
    this.value = value;
    this.#positions = positions;
    this.#toLocation = toLocation;
  }

  /** The place of the value at `pointer`; where there is none, that of the part that should hold it. */
  locate(pointer: string): Location {
    const position = this.#positions.get(pointer);
    if (position?.value === undefined) return this.locateKey(pointer);
    return this.#toLocation(position.value);
  }

  /** The place of the key at `pointer`; where there is none, that of the part that should hold it. */
  locateKey(pointer: string): Location {
    let nearest = pointer;
    for (;;) {
      const position = this.#positions.get(nearest);
      const offset = position?.key ?? position?.value;
      if (offset !== undefined) return this.#toLocation(offset);
      if (nearest === "") return this.#toLocation(0);
      nearest = nearest.slice(0, nearest.lastIndexOf("/"));
    }
  }
}
