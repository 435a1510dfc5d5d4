import { SocketError } from "../../network/error.ts";
import { WaitList } from "../../network/wait-list.ts";
import type { Guest } from "../guest.ts";
import { Pollable } from "../io/pollable.ts";
import type { Condition } from "../io/suspend.ts";
import { Resource } from "../resource.ts";
import type { UdpCarrier } from "./udp-carrier.ts";
import type { UdpEndpoint } from "./udp-endpoint.ts";

/** The two directions, by the names of what a carrier says about them. */
export type DatagramDirection = "incoming" | "outgoing";

/** What the two streams of a `udp-socket` have in common. Each keeps the socket's port alive. */
export abstract class DatagramStream extends Resource {
  readonly #part: StreamPart;
  readonly #direction: DatagramDirection;

  constructor(guest: Guest, part: StreamPart, direction: DatagramDirection) {
    super(guest);
    part.endpoint.hold();
    this.#part = part;
    this.#direction = direction;
  }

  /** Overridden in each class: a function can have one fast path, and that knows one class. */
  subscribe(): Pollable {
    return new Pollable(this.guest, new DatagramCondition(this.#part, this.#direction));
  }

  protected get family(): UdpEndpoint["family"] {
    return this.#part.endpoint.family;
  }

  /** Throws `invalid-state` where another pair of streams took the place of this one. */
  protected get carrier(): UdpCarrier {
    const carrier = carrierOf(this.#part);
    if (carrier !== undefined) return carrier;
    throw new SocketError("invalid-state", "Cannot use a datagram stream: another took its place");
  }

  protected override drop(): void {
    this.#part.endpoint.release();
  }
}

/** The part that a pair of streams plays in its socket. */
export interface StreamPart {
  readonly endpoint: UdpEndpoint;
  /** What `UdpEndpoint.stream` returned for the pair. */
  readonly number: number;
}

function carrierOf({ endpoint, number }: StreamPart): UdpCarrier | undefined {
  return endpoint.carrierOf(number);
}

/** Ready also where another pair of streams took the place of this one: its functions say so at once. */
class DatagramCondition implements Condition {
  readonly #part: StreamPart;
  readonly #direction: DatagramDirection;

  constructor(part: StreamPart, direction: DatagramDirection) {
    this.#part = part;
    this.#direction = direction;
  }

  get ready(): boolean {
    const carrier = carrierOf(this.#part);
    if (carrier === undefined) return true;
    return this.#direction === "incoming" ? carrier.isReadable : carrier.isWritable;
  }

  get waitList(): WaitList {
    const carrier = carrierOf(this.#part);
    if (carrier === undefined) return new WaitList();
    return this.#direction === "incoming" ? carrier.whenReadable : carrier.whenWritable;
  }
}
