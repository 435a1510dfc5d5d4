import { createHash, timingSafeEqual } from "node:crypto";

/** The token of the API over TCP; it keeps a digest only, so that nothing can print it. */
export class Token {
  readonly #digest: Buffer;

  /** Throws `TokenError` where `text` is too short or has what a header field cannot carry. */
  constructor(text: string) {
    if (!/^[\x21-\x7e]*$/.test(text)) {
      throw new TokenError("it has spaces or characters other than ASCII's");
    }
    if (text.length < LENGTH_MIN || text.length > LENGTH_MAX) {
      throw new TokenError(`it must have ${LENGTH_MIN} to ${LENGTH_MAX} characters`);
    }
    this.#digest = digestOf(text);
  }

  /** Whether `text` is the token; takes as long for one as for another. */
  matches(text: string): boolean {
    return timingSafeEqual(digestOf(text), this.#digest);
  }
}

/** A token that the API cannot use. */
export class TokenError extends Error {
  override readonly name = "TokenError";

  constructor(reason: string) {
    super(`The token of the API cannot be used: ${reason}`);
  }
}

const LENGTH_MIN = 16;
const LENGTH_MAX = 1024;

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
