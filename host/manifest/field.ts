import type { ManifestDocument, Value } from "./document.ts";
import type { Location } from "./workload.ts";

/**
 * A part of a document, and where it stands.
 * Reading never fails: what is absent or of the wrong type is undefined or empty, and the schema has told of it.
 */
export class Field {
  readonly document: ManifestDocument;
  /** JSON pointer of the part (RFC 6901). */
  readonly pointer: string;
  /** The part in an author's words: `spec.components[0].image`; empty for the whole document. */
  readonly path: string;
  /** Undefined where the document has no such part. */
  readonly value: Value | undefined;

  private constructor(
    document: ManifestDocument,
    pointer: string,
    path: string,
    value: Value | undefined,
  ) {
    this.document = document;
    this.pointer = pointer;
    this.path = path;
    this.value = value;
  }

  /** The whole of a document. */
  static root(document: ManifestDocument): Field {
    return new Field(document, "", "", document.value);
  }

  /** The part of a document that a JSON pointer names. */
  static at(document: ManifestDocument, pointer: string): Field {
    const segments = pointer.split("/").slice(1);
    return segments.reduce((field, segment) => {
      const key = segment.replaceAll("~1", "/").replaceAll("~0", "~");
      return isList(field.value) ? field.#item(Number(key)) : field.at(key);
    }, Field.root(document));
  }

  get exists(): boolean {
    return this.value !== undefined;
  }

  /** Where the value is written. */
  get location(): Location {
    return this.document.locate(this.pointer);
  }

  /** Where the key of the value is written. */
  get keyLocation(): Location {
    return this.document.locateKey(this.pointer);
  }

  get text(): string | undefined {
    return typeof this.value === "string" ? this.value : undefined;
  }

  get integer(): number | undefined {
    return Number.isInteger(this.value) ? Number(this.value) : undefined;
  }

  get isMap(): boolean {
    return this.value !== undefined && isMap(this.value);
  }

  /** The part of a map under `keys`, one inside the other. */
  at(...keys: readonly string[]): Field {
    return keys.reduce<Field>((field, key) => field.#entry(key), this);
  }

  /** The entries of a list; none where the value is not a list. */
  items(): Field[] {
    return isList(this.value) ? this.value.map((_, index) => this.#item(index)) : [];
  }

  /** The entries of a map by their keys; none where the value is not a map. */
  entries(): [string, Field][] {
    if (this.value === undefined || !isMap(this.value)) return [];
    return Object.keys(this.value).map((key) => [key, this.#entry(key)]);
  }

  /** The entries of a map whose values are text. */
  textEntries(): [string, string][] {
    return this.entries().flatMap(([key, { text }]) => (text === undefined ? [] : [[key, text]]));
  }

  #entry(key: string): Field {
    const value =
      this.value !== undefined && isMap(this.value) && Object.hasOwn(this.value, key)
        ? this.value[key]
        : undefined;
    const pointer = `${this.pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    return new Field(this.document, pointer, joinPath(this.path, key), value);
  }

  #item(index: number): Field {
    const value = isList(this.value) ? this.value[index] : undefined;
    const pointer = `${this.pointer}/${index}`;
    return new Field(this.document, pointer, `${this.path}[${index}]`, value);
  }
}

function joinPath(path: string, key: string): string {
  if (!/^[\w$-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

function isMap(value: Value): value is { readonly [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
