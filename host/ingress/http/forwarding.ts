import type { Visitor } from "./visitor.ts";

/** What a trusted proxy says of the client behind it. */
export class Forwarding {
  #for: string | undefined;
  #host: string | undefined;
  #proto: string | undefined;
  #forwarded: string | undefined;

  /** The scheme that the client used, as far as the proxy says. */
  get scheme(): "http" | "https" | undefined {
    const [first] = (this.#proto ?? "").split(",", 1);
    const scheme = first?.trim().toLowerCase();
    return scheme === "http" || scheme === "https" ? scheme : undefined;
  }

  /** Takes a field over; false for one that is passed on as it is. */
  take(name: string, value: string): boolean {
    switch (name) {
      case "x-forwarded-for":
        this.#for = join(this.#for, value);
        return true;
      case "x-forwarded-host":
        this.#host ??= value;
        return true;
      case "x-forwarded-proto":
        this.#proto ??= value;
        return true;
      case "forwarded":
        this.#forwarded = join(this.#forwarded, value);
        return true;
      default:
        return false;
    }
  }

  /** Adds the fields with what this hop knows itself at their end. */
  write(fields: (readonly [string, string])[], visitor: Visitor, authority: string): void {
    fields.push(
      ["x-forwarded-for", join(this.#for, visitor.address)],
      ["x-forwarded-host", this.#host ?? authority],
      ["x-forwarded-proto", this.#proto ?? visitor.scheme],
    );
    if (this.#forwarded !== undefined) {
      fields.push(["forwarded", join(this.#forwarded, toElement(visitor, authority))]);
    }
  }
}

function join(list: string | undefined, value: string): string {
  return list === undefined ? value : `${list}, ${value}`;
}

/** RFC 7239 §4: what is no token is put in quotes, and so is an IPv6 address, in brackets. */
function toElement({ address, scheme }: Visitor, authority: string): string {
  const node = address.includes(":") ? `"[${address}]"` : address;
  const host = /^[\w.-]+$/.test(authority) ? authority : `"${authority}"`;
  return `for=${node};host=${host};proto=${scheme}`;
}
