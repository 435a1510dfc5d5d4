import { abortable } from "./abortable.ts";
import type { ResolvedAddress, Resolver } from "./resolver.ts";

/** Milliseconds for which an answer is used again: those of an answer that does not say, and the most. */
const LIFETIME_UNKNOWN = 5_000;
const LIFETIME_MAX = 60_000;

/** How many names are remembered. */
const NAMES_MAX = 256;

interface Recent {
  readonly answer: Promise<readonly ResolvedAddress[]>;
  /** When it has to be asked for again; never while it is on its way. */
  until: number;
}

/**
 * What was resolved a short time ago, for requests of which many go to one name, and what is being resolved:
 * whoever asks for the same name waits for the same answer. It remembers no permission: every answer is judged
 * for whoever asks.
 */
export class RecentNames {
  readonly #resolver: Resolver;
  readonly #now: () => number;
  readonly #names = new Map<string, Recent>();

  constructor(resolver: Resolver, now: () => number = () => performance.now()) {
    this.#resolver = resolver;
    this.#now = now;
  }

  /** As `Resolver.resolve`. */
  async resolve(name: string, signal: AbortSignal): Promise<readonly ResolvedAddress[]> {
    const known = this.#names.get(name);
    const recent = known !== undefined && known.until > this.#now() ? known : this.#ask(name);
    return await abortable(recent.answer, signal);
  }

  /** Not ended by the signal of who asks first: others may wait as well, and the resolver has a limit of its own. */
  #ask(name: string): Recent {
    const recent: Recent = {
      answer: this.#resolver.resolve(name, NEVER),
      until: Infinity,
    };
    this.#names.delete(name);
    this.#names.set(name, recent);
    const [oldest] = this.#names.keys();
    if (this.#names.size > NAMES_MAX && oldest !== undefined) this.#names.delete(oldest);
    recent.answer.then(
      (answers) => (recent.until = this.#now() + lifetimeOf(answers)),
      () => (recent.until = -Infinity),
    );
    return recent;
  }
}

const NEVER = new AbortController().signal;

function lifetimeOf(answers: readonly ResolvedAddress[]): number {
  return Math.min(LIFETIME_MAX, ...answers.map(({ lifetime = LIFETIME_UNKNOWN }) => lifetime));
}
