/**
 * A secret that client and server share. It does not print: as text and as JSON it is `***`,
 * and `console.log`, which does not see private fields, shows an empty object.
 */
export class Secret {
  readonly #value: string;

  /** Bore hashes the secret, so its length has no bound, and the empty one is a secret too. */
  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself, for whoever computes with it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }
}

const HIDDEN = "***";
