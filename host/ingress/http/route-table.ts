import { isIP } from "node:net";
import type { HttpTarget } from "./target.ts";

/** What a `Host` header leads to. */
export type Route =
  | { readonly tag: "target"; readonly target: HttpTarget }
  /** The header is missing where HTTP/1.1 wants one, or is no host at all. */
  | { readonly tag: "invalid" }
  | { readonly tag: "unknown"; readonly host: string };

/** A route that can be taken back; disposing twice is harmless. */
export type RouteRegistration = Disposable;

/**
 * Which workload answers for which host name.
 *
 * Names are compared without regard to case, port or a final dot.
 * Several targets of one name take turns. Where only one set of targets is registered at all, it answers for every name,
 * so that a lone workload can be reached by address.
 */
export class RouteTable {
  readonly #groups = new Map<string, Group>();
  readonly #registrations = new Map<HttpTarget, readonly string[]>();

  /** Leads all `hosts` to `target`, in addition to what they lead to already. */
  add(hosts: readonly string[], target: HttpTarget): RouteRegistration {
    const names = Array.from(new Set(hosts.map(canonicalHost)));
    this.#registrations.set(target, names);
    for (const name of names) {
      const group = this.#groups.get(name) ?? { targets: [], next: 0 };
      group.targets.push(target);
      this.#groups.set(name, group);
    }
    return { [Symbol.dispose]: () => this.#remove(target) };
  }

  /** Finds the target for the value of a `Host` header or an authority. */
  resolve(authority: string | undefined): Route {
    const host = authority === undefined ? undefined : hostOf(authority);
    if (host === undefined) return { tag: "invalid" };
    const group = this.#groups.get(host) ?? this.#onlyGroup();
    const target = group === undefined ? undefined : takeTurn(group);
    return target === undefined ? { tag: "unknown", host } : { tag: "target", target };
  }

  #onlyGroup(): Group | undefined {
    let only: string | undefined;
    for (const { workload } of this.#registrations.keys()) {
      if (only !== undefined && only !== workload) return undefined;
      only = workload;
    }
    return this.#groups.values().next().value;
  }

  #remove(target: HttpTarget): void {
    const names = this.#registrations.get(target);
    if (names === undefined) return;
    this.#registrations.delete(target);
    for (const name of names) {
      const group = this.#groups.get(name);
      if (group === undefined) continue;
      group.targets.splice(group.targets.indexOf(target), 1);
      if (group.targets.length === 0) this.#groups.delete(name);
    }
  }
}

interface Group {
  readonly targets: HttpTarget[];
  next: number;
}

/** The next target that is ready; where none is, the next one, which says why. */
function takeTurn(group: Group): HttpTarget | undefined {
  const { targets } = group;
  for (let turn = 0; turn < targets.length; turn += 1) {
    group.next = (group.next + 1) % targets.length;
    const target = targets[group.next];
    if (target?.isReady === true) return target;
  }
  return targets[group.next];
}

function canonicalHost(host: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

/** The host of `host[:port]` (RFC 9110 §7.2) in canonical form; undefined where the text is none. */
function hostOf(authority: string): string | undefined {
  const match = AUTHORITY.exec(authority);
  if (match === null) return undefined;
  const [, bracketed, plain] = match;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed.toLowerCase() : undefined;
  return plain === undefined ? undefined : canonicalHost(plain);
}

const AUTHORITY =
  /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_](?:[a-z0-9_.-]{0,253}[a-z0-9_])?\.?))(?::\d{0,5})?$/i;
