import type { DecisionEntry } from "../../policy/decision-log.ts";
import type { TcpNetwork } from "../network/network.ts";
import { NO_QUOTA, type NetworkQuota } from "../network/quota.ts";
import { RealNetwork } from "../network/real/real-network.ts";
import { type Egress, type GuestDecision, GuestEgress } from "../wasi/egress/guest-egress.ts";
import { LazyHttpClient } from "../wasi/http/client/lazy-http-client.ts";
import { Machine } from "../wasi/egress/machine.ts";
import { RecentNames } from "../wasi/egress/recent-names.ts";
import { resolveByServer, resolveBySystem } from "../wasi/egress/resolve-name.ts";
import { Resolver } from "../wasi/egress/resolver.ts";

export interface CellEgressOptions {
  /** The name server that is asked, `address` or `address:port`; undefined for the system's resolver. */
  readonly resolver: string | undefined;
  /** Certificate authorities beside Node's own, in PEM, for requests. */
  readonly ca: readonly string[];
  /** The workload's own network, which requests to its own names go to. */
  readonly virtual: TcpNetwork;
  readonly quota?: NetworkQuota | undefined;
  readonly onDecision: (entry: DecisionEntry) => void;
}

/** The way out of a cell to the machine's network. Disposing it closes all that goes through it. */
export class CellEgress implements Egress, Disposable {
  readonly machine: Machine = new Machine();
  readonly network: RealNetwork;
  readonly resolver: Resolver;
  readonly recentNames: RecentNames;
  readonly http: LazyHttpClient;
  readonly #onDecision: (entry: DecisionEntry) => void;
  readonly #guests = new Map<string, GuestEgress>();

  constructor({ resolver, ca, virtual, quota = NO_QUOTA, onDecision }: CellEgressOptions) {
    this.network = new RealNetwork({ quota });
    const resolve = resolver === undefined ? resolveBySystem : resolveByServer(resolver);
    this.resolver = new Resolver(resolve, { quota });
    this.recentNames = new RecentNames(this.resolver);
    this.http = new LazyHttpClient({ ca, virtual, quota });
    this.#onDecision = onDecision;
  }

  /** What all instances of a guest share. */
  ofGuest(name: string): GuestEgress {
    const known = this.#guests.get(name);
    if (known !== undefined) return known;
    const egress = new GuestEgress(this);
    this.#guests.set(name, egress);
    return egress;
  }

  /** Takes note of a decision about a guest. */
  record(guest: string, decision: GuestDecision): void {
    this.#onDecision({ guest, ...decision });
  }

  [Symbol.dispose](): void {
    this.http[Symbol.dispose]();
    this.network[Symbol.dispose]();
  }
}
