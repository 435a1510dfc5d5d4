import type { DecisionEntry } from "../../../policy/decision-log.ts";
import type { Facts } from "../../../policy/facts.ts";
import type { TcpNetwork } from "../../network/network.ts";
import type { UdpNetwork } from "../../network/udp.ts";
import type { HttpSender } from "../http/client/lazy-http-client.ts";
import { LookupGrants } from "./lookup-grants.ts";
import type { Machine } from "./machine.ts";
import type { RecentNames } from "./recent-names.ts";
import type { Resolver } from "./resolver.ts";

/** What all guests of one cell share of the world outside of their workload. */
export interface Egress {
  /** The machine's network. Policy comes before it: it connects to whatever it is told to. */
  readonly network: TcpNetwork & UdpNetwork;
  readonly resolver: Resolver;
  /** The resolver for requests. */
  readonly recentNames: RecentNames;
  readonly machine: Machine;
  readonly http: HttpSender;
}

/** A decision without the guest that it is about. */
export type GuestDecision = Omit<DecisionEntry, "guest">;

/** The way out of its workload for one guest, shared by all of its instances. */
export class GuestEgress {
  readonly network: Egress["network"];
  readonly resolver: Resolver;
  readonly recentNames: RecentNames;
  readonly http: HttpSender;
  /** What the guest looked up, which outlives the instance that did. */
  readonly lookups: LookupGrants = new LookupGrants();
  readonly facts: Facts;

  constructor({ network, resolver, recentNames, machine, http }: Egress) {
    this.recentNames = recentNames;
    this.http = http;
    this.network = network;
    this.resolver = resolver;
    this.facts = {
      namesOf: (address) => this.lookups.namesOf(address),
      isOwnAddress: (address) => machine.isOwnAddress(address),
      isOwnPort: (protocol, port) => machine.isOwnPort(protocol, port),
    };
  }
}
