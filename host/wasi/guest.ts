import type { Facts } from "../../policy/facts.ts";
import type { GuestKind, Policy } from "../../policy/policy.ts";
import type { ByteSink, ByteSource } from "../network/byte-stream.ts";
import type { TcpNetwork } from "../network/network.ts";
import type { NetworkQuota } from "../network/quota.ts";
import type { UdpNetwork } from "../network/udp.ts";
import type { GuestDecision, GuestEgress } from "./egress/guest-egress.ts";
import type { Mount } from "./filesystem/mount.ts";
import { Suspender } from "./io/suspend.ts";
import { Turn } from "./io/turn.ts";
import type { Resource } from "./resource.ts";

/** What one instance may use and who it is. */
export interface GuestOptions {
  readonly kind: GuestKind;
  readonly policy: Policy;
  /** What decisions need to know of the moment. */
  readonly facts: Facts;
  /** The workload's own network: what is loopback to the guest. */
  readonly network: TcpNetwork & UdpNetwork;
  readonly environment: readonly (readonly [name: string, value: string])[];
  readonly args: readonly string[];
  /** What the guests of a workload may hold together; nothing is counted without it. */
  readonly quota?: NetworkQuota | undefined;
  /** Its preopened directories; none without it. */
  readonly mounts?: readonly Mount[] | undefined;
  readonly stdin: ByteSource;
  readonly stdout: ByteSink;
  readonly stderr: ByteSink;
  /** The event loop's fairness, shared by all guests of a thread; a guest alone has its own. */
  readonly turn?: Turn | undefined;
  /** The way out of the workload; without it, nothing leaves, whatever policy grants. */
  readonly egress?: GuestEgress | undefined;
  /** Told of every decision about what is denied or leaves the workload. */
  readonly onDecision?: ((decision: GuestDecision) => void) | undefined;
}

/**
 * One instance of a component, as WASI sees it: the scope that owns every resource it created.
 * Disposing it disposes them, newest first, aborts `signal` and ends what the guest waits for.
 */
export class Guest implements Disposable {
  readonly options: GuestOptions;
  /** Makes the promises on which the guest's stack is suspended. */
  readonly suspender: Suspender;
  readonly #controller = new AbortController();
  #newest: Resource | undefined;
  #disposed = false;

  constructor(options: GuestOptions) {
    this.options = options;
    this.suspender = new Suspender(options.turn ?? new Turn());
  }

  get kind(): GuestKind {
    return this.options.kind;
  }

  get policy(): Policy {
    return this.options.policy;
  }

  get facts(): Facts {
    return this.options.facts;
  }

  get egress(): GuestEgress | undefined {
    return this.options.egress;
  }

  get network(): GuestOptions["network"] {
    return this.options.network;
  }

  /** Aborted when the guest is disposed, with the reason why its waits ended. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the guest is disposed; nothing can be created for it any more. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** The resource that the guest acquired last, the head of the list that `Resource` links. */
  get newestResource(): Resource | undefined {
    return this.#newest;
  }

  set newestResource(resource: Resource | undefined) {
    this.#newest = resource;
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const reason = new GuestDisposedError();
    this.#controller.abort(reason);
    this.suspender.cancel(reason);
    while (this.#newest !== undefined) this.#newest[Symbol.dispose]();
  }
}

/** Why a call of a guest ended that was still running when its instance was disposed. */
export class GuestDisposedError extends Error {
  override readonly name = "GuestDisposedError";

  constructor() {
    super("The instance was disposed while it ran");
  }
}
