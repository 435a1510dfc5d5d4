import type { Transition, WorkloadState } from "./state.ts";

/** How many changes of state are remembered. */
const REMEMBERED = 10;

/** The last changes of state of one replica. */
export class TransitionLog {
  readonly #today: () => number;
  #entries: readonly Transition[] = [];

  /** `today` is for tests: another time of the day. */
  constructor(today: () => number = Date.now) {
    this.#today = today;
  }

  /** The last ten, the latest at the end. */
  get entries(): readonly Transition[] {
    return this.#entries;
  }

  /** Where the replica stands; undefined before the first change. */
  get state(): WorkloadState | undefined {
    return this.#entries.at(-1)?.state;
  }

  add(state: WorkloadState): void {
    this.#keep([...this.#entries, { time: this.#today(), state }]);
  }

  /** Puts what happened to the one that this replica replaces before what happened to itself. */
  follow(earlier: TransitionLog): void {
    this.#keep([...earlier.entries, ...this.#entries]);
  }

  #keep(entries: readonly Transition[]): void {
    this.#entries = entries.slice(-REMEMBERED);
  }
}
