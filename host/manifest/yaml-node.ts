import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import type { Position, Value } from "./document.ts";
import type { Report } from "./report.ts";
import type { Location } from "./workload.ts";

/** A document's value, and where each part of it stands, by JSON pointer. */
export interface Converted {
  readonly value: Value;
  readonly positions: ReadonlyMap<string, Position>;
  /** Keys that their map has already: the pointer that they share with the first, and their own place. */
  readonly duplicates: readonly { readonly pointer: string; readonly location: Location }[];
}

/**
 * Turns a YAML node into a plain value.
 * Undefined for a document with an alias that has no anchor before it or that is inside of what it stands for,
 * and for one that aliases blow up; each is reported.
 */
export function convertNode(
  node: Node | null,
  toLocation: (offset: number) => Location,
  report: Report,
): Converted | undefined {
  const converter = new Converter(toLocation, report);
  const value = converter.convert(node, "", undefined);
  const { positions, duplicates, broken } = converter;
  return broken ? undefined : { value, positions, duplicates };
}

// A manifest of a hundred workloads has some thousand values.
const VALUES_MAX = 50_000;
// The deepest field of the schema is a dozen levels down.
const DEPTH_MAX = 100;

class Converter {
  readonly positions = new Map<string, Position>();
  readonly duplicates: { readonly pointer: string; readonly location: Location }[] = [];
  broken = false;
  readonly #toLocation: (offset: number) => Location;
  readonly #report: Report;
  readonly #anchors = new Map<string, Node>();
  /** What each alias stands for: the last node before it that has its anchor. */
  readonly #targets = new Map<Alias, Node | undefined>();
  readonly #anchored = new Set<Node>();
  /** Nodes that are being converted, outermost first. */
  readonly #open = new Set<Node>();
  #count = 0;

  constructor(toLocation: (offset: number) => Location, report: Report) {
    this.#toLocation = toLocation;
    this.#report = report;
  }

  convert(node: Node | null, pointer: string, key: number | undefined): Value {
    this.positions.set(pointer, { key, value: toOffset(node) });
    this.#count += 1;
    if (node === null || this.#isTooMuch(node)) return null;
    if (isAlias(node)) return this.#convertAlias(node, pointer, key);
    if (this.#open.size > DEPTH_MAX) return this.#fail(node, "The document is nested too deeply");
    this.#noteAnchor(node);
    this.#open.add(node);
    const value = this.#convertContent(node, pointer);
    this.#open.delete(node);
    return value;
  }

  #convertContent(node: Node, pointer: string): Value {
    if (isScalar(node)) return toScalar(node.value);
    if (isSeq<Node | null>(node)) {
      return node.items.map((item, index) => this.convert(item, `${pointer}/${index}`, undefined));
    }
    if (isMap<Node, Node | null>(node)) return this.#convertMap(node.items, pointer);
    return null;
  }

  #convertMap(pairs: readonly Pair<Node, Node | null>[], pointer: string): Value {
    // fromEntries defines each key, "__proto__" as well, where an assignment would set the prototype.
    const entries = new Map<string, Value>();
    for (const pair of pairs) {
      // Keys are text, as parseYaml asks of the parser.
      const name = isScalar<string>(pair.key) ? pair.key.value : "";
      const key = toOffset(pair.key);
      const child = `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      if (entries.has(name)) {
        this.duplicates.push({ pointer: child, location: this.#toLocation(key ?? 0) });
      } else {
        entries.set(name, this.convert(pair.value, child, key));
      }
    }
    return Object.fromEntries(entries);
  }

  #convertAlias(alias: Alias, pointer: string, key: number | undefined): Value {
    if (!this.#targets.has(alias)) this.#targets.set(alias, this.#anchors.get(alias.source));
    const target = this.#targets.get(alias);
    if (target === undefined) {
      return this.#fail(alias, `The alias *${alias.source} has no anchor before it`);
    }
    if (this.#open.has(target)) {
      return this.#fail(alias, `The alias *${alias.source} is inside of what it stands for`);
    }
    return this.convert(target, pointer, key);
  }

  #fail(node: Node, message: string): null {
    this.broken = true;
    this.#report.problem("syntax", this.#toLocation(toOffset(node) ?? 0), message);
    return null;
  }

  #noteAnchor(node: Node): void {
    if (isAlias(node) || this.#anchored.has(node)) return;
    this.#anchored.add(node);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, node);
  }

  #isTooMuch(node: Node): boolean {
    if (this.#count <= VALUES_MAX) return false;
    if (this.#count === VALUES_MAX + 1) {
      this.#fail(
        node,
        `The document holds more than ${VALUES_MAX} values, its aliases counted in full`,
      );
    }
    return true;
  }
}

/** The core schema has no other scalars than these and null. */
function toScalar(value: unknown): Value {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : null;
}

/** Where a node is written; undefined where it is left out, as after `image:`. */
function toOffset(node: Node | null): number | undefined {
  const range = node?.range;
  return range === undefined || range === null || range[0] === range[1] ? undefined : range[0];
}
