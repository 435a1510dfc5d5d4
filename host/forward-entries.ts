import type { CountedWayIn } from "./bridge/link-way-in.ts";
import { SwitchedWayIn } from "./workload/way-in.ts";

/** What the forwards of a workload lead to, which they do before it runs and for as long as it is known. */
export interface ForwardEntry {
  readonly wayIn: SwitchedWayIn;
  /** The IDs of the forwards of its manifest, by what that says of them. */
  readonly declared: Map<string, string>;
  /** What it leads to. */
  readonly target: CountedWayIn | undefined;
}

/** The workloads that have forwards, by name. */
export class ForwardEntries {
  readonly #entries = new Map<string, Entry>();

  get(name: string): ForwardEntry | undefined {
    return this.#entries.get(name);
  }

  /** The entry of that name, made where there is none. */
  of(name: string): ForwardEntry {
    return this.#of(name);
  }

  /** Leads to `target` from now on, until that is closed. Returns the forwards of the manifest, as `declared`. */
  lead(name: string, target: CountedWayIn): Map<string, string> {
    const entry = this.#of(name);
    entry.target?.whenChanged.delete(entry.onChange);
    entry.target = target;
    entry.wayIn.setTargets([target]);
    entry.onChange();
    return entry.declared;
  }

  /** Closes what its forwards lead to, which end with that. */
  leave(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    entry.target?.whenChanged.delete(entry.onChange);
    entry.wayIn.close();
  }

  /** Forgets it where it leads to nothing and has no forwards of a manifest. */
  forgetIdle(name: string): void {
    const entry = this.#entries.get(name);
    if (entry?.target === undefined && entry?.declared.size === 0) this.#entries.delete(name);
  }

  #of(name: string): Entry {
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    const entry: Entry = {
      wayIn: new SwitchedWayIn(),
      declared: new Map(),
      target: undefined,
      onChange: () => {
        if (entry.target?.closed === true) this.leave(name);
        else entry.target?.whenChanged.add(entry.onChange);
      },
    };
    this.#entries.set(name, entry);
    return entry;
  }
}

interface Entry extends ForwardEntry {
  target: CountedWayIn | undefined;
  readonly onChange: () => void;
}
