import { closeSync, fstatSync, readlinkSync } from "node:fs";
import { entryPath, findEntry, openDirectory, reopen } from "./descriptor-path.ts";
import { FilesystemError, isSystemError } from "./error.ts";
import { assertRelative, decodeName, parsePath } from "./path.ts";

/** How many links one path may lead through, as on Linux. */
const LINKS_MAX = 40;
/** How many names one path may have, those of the links that it leads through included. */
const STEPS_MAX = 4096;
/** How deep a path may lead below its base: each directory on the way is a descriptor while the path is walked. */
const DEPTH_MAX = 256;

/**
 * Walks a guest's path below a base directory, one component at a time, each opened relative to the one before.
 *
 * The walk cannot leave the base, whoever changes the tree meanwhile: no call follows a link, because links are read
 * and walked here; and `..` goes back to the descriptor that the walk came from, whatever the parent of the
 * directory is by now. Disposing it closes what it opened.
 */
export class Lookup implements Disposable {
  readonly #base: number;
  readonly #entered: number[] = [];
  #links = 0;
  #steps = 0;
  #name: string | undefined;
  #object: number | undefined;

  private constructor(base: number) {
    this.#base = base;
  }

  /**
   * Finds what `path` leads to. A link at its end is followed where `follow` is true or a slash stands after it.
   * Throws `FilesystemError`, or what the system answers, where a directory on the way is missing.
   */
  static object(base: number, path: string, follow: boolean): Lookup {
    return Lookup.#begin(base, (lookup) => lookup.#find(parsePath(path), follow));
  }

  /**
   * Finds the directory that holds the last name of `path`; what the name stands for is not looked at.
   * With slashes at its end, the path must lead to a directory or, for what is to become one, to nothing.
   */
  static entry(base: number, path: string): Lookup {
    return Lookup.#begin(base, (lookup) => lookup.#findEntry(parsePath(path)));
  }

  static #begin(base: number, walk: (lookup: Lookup) => void): Lookup {
    const lookup = new Lookup(base);
    try {
      walk(lookup);
      return lookup;
    } catch (error) {
      lookup[Symbol.dispose]();
      throw error;
    }
  }

  /** The directory that holds the name, or that the path leads to where it ends in no name. */
  get directory(): number {
    return this.#entered.at(-1) ?? this.#base;
  }

  /** The last name; undefined where the path ends in `.`, `..` or, looking for an object, a slash. */
  get name(): string | undefined {
    return this.#name;
  }

  /** What the path leads to, as `findEntry` opens it; undefined where there is no such thing. */
  get object(): number | undefined {
    return this.#object;
  }

  /** As `object`; where there is none, throws `no-entry`. */
  existing(): number {
    if (this.#object === undefined) throw new FilesystemError("no-entry", "There is no such file");
    return this.#object;
  }

  /** Hands `existing()` over: the caller closes it. */
  take(): number {
    const object = this.existing();
    this.#object = undefined;
    return object;
  }

  /** The last name, or an error where the path is that of a directory itself, which has none to work with. */
  requireName(code: "exist" | "invalid" | "is-directory" | "busy" | "not-permitted"): string {
    if (this.#name === undefined) {
      throw new FilesystemError(code, "The path leads to a directory without naming it");
    }
    return this.#name;
  }

  [Symbol.dispose](): void {
    if (this.#object !== undefined) closeSync(this.#object);
    this.#object = undefined;
    for (const fd of this.#entered.splice(0)) closeSync(fd);
  }

  #find(names: string[], follow: boolean): void {
    let rest = names;
    for (;;) {
      const last = rest.pop() ?? "";
      this.#enter(rest);
      if (isStep(last)) {
        this.#enter([last]);
        this.#object = reopen(this.directory);
        return;
      }
      this.#countStep();
      const object = findEntry(this.directory, last);
      if (object === undefined || !follow || !fstatSync(object).isSymbolicLink()) {
        this.#name = last;
        this.#object = object;
        return;
      }
      closeSync(object);
      // Where it is no link any more, somebody was faster: it is looked for anew.
      rest = this.#readLink(last) ?? [last];
    }
  }

  #findEntry(names: string[]): void {
    const isSlashed = names.at(-1) === "";
    while (names.at(-1) === "") names.pop();
    const last = names.pop() ?? "";
    this.#enter(names);
    if (isStep(last)) {
      this.#enter([last]);
      return;
    }
    this.#name = last;
    if (!isSlashed) return;
    const object = findEntry(this.directory, last);
    if (object === undefined) return;
    this.#object = object;
    if (!fstatSync(object).isDirectory()) {
      throw new FilesystemError("not-directory", "A slash follows what is no directory");
    }
  }

  /** Goes through `names`, and through the links among them. */
  #enter(names: readonly string[]): void {
    const pending = names.toReversed();
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      this.#countStep();
      if (name === "..") {
        this.#leave();
      } else if (name !== "" && name !== ".") {
        const link = this.#enterName(name);
        if (link !== undefined) pending.push(...link.toReversed());
      }
    }
  }

  /** Enters a directory; where the name is that of a link, the components of its content come back instead. */
  #enterName(name: string): string[] | undefined {
    if (this.#entered.length >= DEPTH_MAX) {
      throw new FilesystemError(
        "name-too-long",
        `The path is deeper than ${DEPTH_MAX} directories`,
      );
    }
    try {
      this.#entered.push(openDirectory(this.directory, name));
      return undefined;
    } catch (error) {
      if (!isSystemError(error, "ENOTDIR", "ELOOP")) throw error;
    }
    const link = this.#readLink(name);
    if (link !== undefined) return link;
    throw new FilesystemError("not-directory", "A file stands where the path needs a directory");
  }

  #leave(): void {
    const fd = this.#entered.pop();
    if (fd === undefined) {
      throw new FilesystemError("not-permitted", "The path leads out of its base directory");
    }
    closeSync(fd);
  }

  /** The components of a link's content; undefined where the entry is no link. */
  #readLink(name: string): string[] | undefined {
    this.#links += 1;
    if (this.#links > LINKS_MAX) {
      throw new FilesystemError("loop", `The path leads through more than ${LINKS_MAX} links`);
    }
    try {
      return parsePath(readLink(this.directory, name));
    } catch (error) {
      if (isSystemError(error, "EINVAL")) return undefined;
      throw error;
    }
  }

  #countStep(): void {
    this.#steps += 1;
    if (this.#steps > STEPS_MAX) {
      throw new FilesystemError("name-too-long", `The path has more than ${STEPS_MAX} names`);
    }
  }
}

/** The content of the link `name`; `not-permitted` where it is absolute. */
export function readLink(directory: number, name: string): string {
  const content = decodeName(readlinkSync(entryPath(directory, name), { encoding: "buffer" }));
  assertRelative(content);
  return content;
}

/** Whether a component is a step without a name. */
function isStep(name: string): boolean {
  return name === "" || name === "." || name === "..";
}
