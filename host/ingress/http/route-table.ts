import { canonicalHost, hostOf } from "./authority.ts";
import { Gate, type GateLimits } from "./gate.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { isBelow, normalizePath, ROOT, toPrefix } from "./path-prefix.ts";
import { RoutedTarget, RouteGroup } from "./route-group.ts";
import type { HttpTarget } from "./target.ts";

/** What the host and the path of a request lead to. */
export type Route =
  | RoutedTarget
  /** The header is missing where HTTP/1.1 wants one, or is no host at all. */
  | { readonly tag: "invalid" }
  /** `isHostKnown` tells a path that nobody has from a host that nobody has. */
  | { readonly tag: "unknown"; readonly host: string; readonly isHostKnown: boolean };

/** A route that can be taken back; disposing twice is harmless. */
export type RouteRegistration = Disposable;

export interface RouteOptions {
  /** Only paths that are this or lie below it; `/`, all of them, by default. */
  readonly path?: string | undefined;
}

/** A route that another workload has already. */
export class RouteConflictError extends Error {
  override readonly name = "RouteConflictError";
  /** `namespace/name` of the workload that has the route. */
  readonly holder: string;

  constructor(route: string, workload: string, holder: string) {
    super(`Cannot route ${route} to ${workload}: it leads to ${holder} already`);
    this.holder = holder;
  }
}

/**
 * Which workload answers for which host and path.
 *
 * Names are compared without regard to case, port or a final dot. `*.shop.localhost` stands for all names below
 * `shop.localhost`. Of the routes that fit a request the one with the longest host wins, an exact one before
 * wildcards; among those of one host the one with the longest path, which ends where a segment ends.
 * Where only one workload is registered at all, it answers for every host, so that it can be reached by address.
 */
export class RouteTable {
  readonly #limits: GateLimits;
  /** By host, the longest path first. */
  readonly #hosts = new Map<string, RouteGroup[]>();
  readonly #workloads = new Map<string, WorkloadEntry>();
  /** What authorities lead to, as long as the table does not change; undefined for those that are none. */
  readonly #resolved = new Map<string, readonly RouteGroup[] | undefined>();

  /** `limits` hold for each workload. */
  constructor(limits: GateLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /**
   * Leads all `hosts` to `target`, in addition to the targets of the same workload that they lead to already.
   * Throws `RouteConflictError`, and changes nothing, where one of them leads to another workload.
   */
  add(
    hosts: readonly string[],
    target: HttpTarget,
    { path = ROOT }: RouteOptions = {},
  ): RouteRegistration {
    const { workload } = target;
    const names = Array.from(new Set(hosts.map(canonicalHost)));
    const conflict = this.conflictOf(names, workload, { path });
    if (conflict !== undefined) throw conflict;
    const entry = this.#workloads.get(workload) ?? { gate: new Gate(this.#limits), targets: 0 };
    this.#workloads.set(workload, entry);
    entry.targets += 1;
    const routed = new RoutedTarget(target, entry.gate);
    const groups = names.map((name) => this.#groupOf(name, toPrefix(path), workload));
    for (const group of groups) group.add(routed);
    this.#resolved.clear();
    let isThere = true;
    return {
      [Symbol.dispose]: () => {
        if (!isThere) return;
        isThere = false;
        this.#remove(routed, groups, entry);
      },
    };
  }

  /** Why `hosts` cannot be led to `workload`; undefined where nobody else has them. */
  conflictOf(
    hosts: readonly string[],
    workload: string,
    { path = ROOT }: RouteOptions = {},
  ): RouteConflictError | undefined {
    const prefix = toPrefix(path);
    for (const host of hosts) {
      const groups = this.#hosts.get(canonicalHost(host));
      const other = groups?.find((group) => group.path === prefix && group.workload !== workload);
      if (other !== undefined) return new RouteConflictError(other.name, workload, other.workload);
    }
    return undefined;
  }

  /** Finds the target for the value of a `Host` header or an authority, and a path, which may have a query. */
  resolve(authority: string | undefined, path: string = ROOT): Route {
    const groups = authority === undefined ? undefined : this.#groupsFor(authority);
    if (authority === undefined || groups === undefined) return INVALID;
    // Most hosts have one route, for all paths: there is nothing to compare.
    const [first] = groups;
    if (first?.path === ROOT) return first.choose() ?? INVALID;
    const normal = normalizePath(path);
    const group = groups.find((group) => isBelow(normal, group.path));
    return (
      group?.choose() ?? {
        tag: "unknown",
        host: hostOf(authority) ?? authority,
        isHostKnown: groups.length > 0,
      }
    );
  }

  #groupsFor(authority: string): readonly RouteGroup[] | undefined {
    const known = this.#resolved.get(authority);
    if (known !== undefined || this.#resolved.has(authority)) return known;
    const host = hostOf(authority);
    const groups = host === undefined ? undefined : this.#findGroups(host);
    // Whoever sends many different names must not fill the memory.
    if (this.#resolved.size >= RESOLVED_MAX) this.#resolved.clear();
    this.#resolved.set(authority, groups);
    return groups;
  }

  /** The routes of a host in the order in which they are tried. */
  #findGroups(host: string): readonly RouteGroup[] {
    const found = [...(this.#hosts.get(host) ?? [])];
    for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
      found.push(...(this.#hosts.get(`*${host.slice(dot)}`) ?? []));
    }
    if (found.length > 0 || this.#workloads.size !== 1) return found;
    return [...this.#hosts.values()].flat().toSorted(byPath);
  }

  #groupOf(host: string, path: string, workload: string): RouteGroup {
    const groups = this.#hosts.get(host) ?? [];
    this.#hosts.set(host, groups);
    const known = groups.find((group) => group.path === path);
    if (known !== undefined) return known;
    const group = new RouteGroup(host, path, workload);
    groups.push(group);
    groups.sort(byPath);
    return group;
  }

  #remove(routed: RoutedTarget, groups: readonly RouteGroup[], entry: WorkloadEntry): void {
    entry.targets -= 1;
    if (entry.targets === 0) this.#workloads.delete(routed.target.workload);
    for (const group of groups) {
      group.remove(routed);
      if (!group.isEmpty) continue;
      const rest = this.#hosts.get(group.host)?.filter((other) => other !== group) ?? [];
      if (rest.length === 0) this.#hosts.delete(group.host);
      else this.#hosts.set(group.host, rest);
    }
    this.#resolved.clear();
  }
}

interface WorkloadEntry {
  readonly gate: Gate;
  targets: number;
}

const INVALID: Route = { tag: "invalid" };

/** Authorities whose routes are remembered. */
const RESOLVED_MAX = 1024;

function byPath(a: RouteGroup, b: RouteGroup): number {
  return b.path.length - a.path.length;
}
