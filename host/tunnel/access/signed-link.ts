import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** The query parameter of a signed link, and the cookie that follows from it. */
export const LINK_NAME = "islet-link";

/** Signs links to one tunnel. It lives as long as the tunnel: links of an earlier one are not valid. */
export class LinkKey {
  readonly #key: Buffer;

  constructor(key: Buffer = randomBytes(32)) {
    this.#key = key;
  }

  /** A token that is valid until `expiresAt`, milliseconds since the epoch. */
  sign(expiresAt: number): string {
    const seconds = Math.floor(expiresAt / 1000);
    return `${seconds}.${this.#mac(String(seconds)).toString("base64url")}`;
  }

  /** When the token ends, in milliseconds since the epoch, or undefined where it is not valid at `date`. */
  verify(token: string, date: number): number | undefined {
    const match = /^(\d{1,12})\.([\w-]{43})$/.exec(token);
    if (match === null) return undefined;
    const [, seconds = "", mac = ""] = match;
    const given = Buffer.from(mac, "base64url");
    const expected = this.#mac(seconds);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const expiresAt = Number(seconds) * 1000;
    return date < expiresAt ? expiresAt : undefined;
  }

  #mac(text: string): Buffer {
    return createHmac("sha256", this.#key).update(text).digest();
  }
}
