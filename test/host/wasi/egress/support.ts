import { connect } from "node:net";
import { NO_QUOTA } from "../../../../host/network/quota.ts";
import { RealNetwork } from "../../../../host/network/real/real-network.ts";
import { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import type { Dial } from "../../../../host/wasi/http/client/connector.ts";
import {
  HttpClient,
  type HttpClientOptions,
} from "../../../../host/wasi/http/client/http-client.ts";
import { GuestEgress } from "../../../../host/wasi/egress/guest-egress.ts";
import { Machine, NO_OWN_PORTS } from "../../../../host/wasi/egress/machine.ts";
import { RecentNames } from "../../../../host/wasi/egress/recent-names.ts";
import { type Resolve, Resolver } from "../../../../host/wasi/egress/resolver.ts";
import type { GuestOptions } from "../../../../host/wasi/guest.ts";
import { defaultPolicy, type Policy } from "../../../../policy/policy.ts";
import { SocketError } from "../../../../host/network/error.ts";
import type { GuestDecision } from "../../../../host/wasi/egress/guest-egress.ts";

/** The machine's network as a guest gets it, with a name server made of a table. */
export class TestEgress implements Disposable {
  readonly network: RealNetwork = new RealNetwork({ connectTimeout: 5_000 });
  /** The machine has no addresses of its own, so that tests can connect to those it has. */
  readonly machine: Machine = new Machine(() => new Set());
  readonly names: Map<string, readonly string[]> = new Map();
  readonly decisions: GuestDecision[] = [];
  readonly guest: GuestEgress;
  /** What is loopback to the guest. */
  readonly virtual: VirtualNetwork = new VirtualNetwork();
  readonly http: HttpClient;
  /** Names are asked for anew each time: a minute passes whenever somebody looks. */
  time = 0;
  /** Where requests went, `address port`; all of it is the loopback. */
  readonly dialled: string[] = [];
  /** The names that were asked for. */
  readonly asked: string[] = [];

  constructor(resolve?: Resolve, client: Partial<HttpClientOptions> = {}) {
    this.machine.setOwnPorts(NO_OWN_PORTS);
    const resolver = new Resolver(resolve ?? this.#resolve, { quota: NO_QUOTA });
    const dial: Dial = (addresses, port) => {
      this.dialled.push(...addresses.map((address) => `${address} ${port}`));
      return connect({ host: "127.0.0.1", port });
    };
    const { network, machine, virtual } = this;
    this.http = new HttpClient({ virtual, quota: NO_QUOTA, dial, ...client });
    this.guest = new GuestEgress({
      network,
      resolver,
      recentNames: new RecentNames(resolver, () => (this.time += 60_000)),
      machine,
      http: this.http,
    });
  }

  /** Options of a guest with this way out. */
  options(policy: Partial<Policy>): Partial<GuestOptions> {
    return {
      policy: { ...defaultPolicy("service"), ...policy },
      network: this.virtual,
      egress: this.guest,
      facts: this.guest.facts,
      onDecision: (decision) => this.decisions.push(decision),
    };
  }

  [Symbol.dispose](): void {
    this.http[Symbol.dispose]();
    this.network[Symbol.dispose]();
    this.virtual[Symbol.dispose]();
  }

  readonly #resolve: Resolve = async (name) => {
    this.asked.push(name);
    const addresses = this.names.get(name);
    if (addresses === undefined) {
      throw new SocketError("name-unresolvable", `Cannot resolve ${name}: it is not in the table`);
    }
    return addresses.map((address) => ({ address, lifetime: undefined }));
  };
}
