import type { ManifestErrorCode, Problem } from "./error.ts";
import type { Notice } from "./notice.ts";
import type { Location } from "./workload.ts";

/** Collects what is wrong with manifests and what is worth telling, so that reading never stops at the first mistake. */
export class Report {
  readonly #problems: Problem[] = [];
  readonly #notices: Notice[] = [];
  readonly #seen = new Set<string>();
  #isIncomplete = false;

  get problems(): readonly Problem[] {
    return this.#problems;
  }

  get notices(): readonly Notice[] {
    return this.#notices;
  }

  /** Whether something of what was given could not be read at all, so that what refers to it cannot be judged. */
  get incomplete(): boolean {
    return this.#isIncomplete;
  }

  /** Whether a mistake was found in what stands there. */
  hasProblemAt({ file, line, column }: Location): boolean {
    return this.#problems.some(
      ({ location }) =>
        location.file === file && location.line === line && location.column === column,
    );
  }

  problem(code: ManifestErrorCode, location: Location, message: string): void {
    this.#isIncomplete ||= code === "unreadable" || code === "syntax";
    // An alias or an Artifact that is used twice would tell the same mistake twice.
    if (this.#isNew(location, message)) {
      this.#problems.push({ code, location, message: toPrintable(message) });
    }
  }

  notice(location: Location, message: string): void {
    if (this.#isNew(location, message)) {
      this.#notices.push({ location, message: toPrintable(message) });
    }
  }

  #isNew(location: Location, message: string): boolean {
    const key = `${location.file}:${location.line}:${location.column}: ${message}`;
    const isNew = !this.#seen.has(key);
    this.#seen.add(key);
    return isNew;
  }
}

/** Keeps a manifest from writing escape sequences to the terminal of the person who reads the message. */
function toPrintable(message: string): string {
  return message.replaceAll(/\p{Cc}/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}
