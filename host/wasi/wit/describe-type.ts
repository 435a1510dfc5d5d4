import type { WitFunction, WitType } from "./wit-type.ts";

/** Characters of a description. What is longer is cut, and written no further: a component may declare any type. */
const LENGTH_MAX = 160;

/** A function as WIT writes it, without names of parameters, types spelled out: `func(borrow<pollable>) -> bool`. */
export function describeFunction({ params, result }: WitFunction): string {
  const text = new Text();
  text.add("func(");
  text.addAll(params, (type) => addType(text, type));
  text.add(")");
  if (result !== undefined) {
    text.add(" -> ");
    addType(text, result);
  }
  return text.toString();
}

/** Takes text until it is full. */
class Text {
  #written = "";

  get full(): boolean {
    return this.#written.length > LENGTH_MAX;
  }

  add(more: string): void {
    if (!this.full) this.#written += more;
  }

  /** Each of `items` with a comma between them. */
  addAll<T>(items: readonly T[], write: (item: T) => void): void {
    for (const [index, item] of items.entries()) {
      if (this.full) return;
      if (index > 0) this.add(", ");
      write(item);
    }
  }

  toString(): string {
    return this.full ? `${this.#written.slice(0, LENGTH_MAX)}…` : this.#written;
  }
}

function addType(text: Text, type: WitType): void {
  // What has no end, or nearly none, by sharing its parts is not walked through once the text is full.
  if (text.full) return;
  switch (type.tag) {
    case "primitive":
      return text.add(type.name);
    case "list":
    case "option":
      return addParts(text, type.tag, [type.type]);
    case "tuple":
      return addParts(text, "tuple", type.types);
    case "result":
      if (type.err !== undefined) return addParts(text, "result", [type.ok, type.err]);
      return type.ok === undefined ? text.add("result") : addParts(text, "result", [type.ok]);
    case "record":
    case "variant":
    case "enum":
    case "flags":
      text.add(`${type.tag} {`);
      text.addAll(type.members, ([name, member]) => {
        text.add(name);
        if (member === undefined) return;
        text.add(type.tag === "record" ? ": " : "(");
        addType(text, member);
        if (type.tag === "variant") text.add(")");
      });
      return text.add("}");
    case "own":
      return text.add(nameOf(type.resource));
    case "borrow":
      return text.add(`borrow<${nameOf(type.resource)}>`);
    case "unknown":
      return text.add(type.what);
  }
}

function addParts(text: Text, name: string, parts: readonly (WitType | undefined)[]): void {
  text.add(`${name}<`);
  text.addAll(parts, (part) => (part === undefined ? text.add("_") : addType(text, part)));
  text.add(">");
}

/** `wasi:io/poll/pollable` is a `pollable`. */
function nameOf(resource: string): string {
  return resource.slice(resource.lastIndexOf("/") + 1);
}
