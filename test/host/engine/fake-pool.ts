import {
  InstancePool,
  type InstancePoolOptions,
  type Lease,
} from "../../../host/engine/instance-pool.ts";
import { FakeClock } from "./fake-clock.ts";

/** An instance that counts how often it was disposed. */
export class Fake implements Disposable {
  readonly id: number;
  disposals = 0;

  constructor(id: number) {
    this.id = id;
  }

  [Symbol.dispose](): void {
    this.disposals += 1;
  }
}

/** A clock, the instances that were made by it, and pools of them. */
export class FakePools {
  readonly clock: FakeClock = new FakeClock();
  readonly made: Fake[] = [];

  create: () => Fake = () => {
    const fake = new Fake(this.made.length);
    this.made.push(fake);
    return fake;
  };

  /** A pool of two instances, unless `options` say otherwise. */
  open(options: Partial<InstancePoolOptions<Fake>> = {}): InstancePool<Fake> {
    const { create, clock } = this;
    return new InstancePool({ create, poolSize: 2, maxInvocations: 0, clock, ...options });
  }
}

/** Asks for a lease; the list has it once it is there. */
export async function ask(
  pool: InstancePool<Fake>,
  leases: Lease<Fake>[],
  signal?: AbortSignal,
): Promise<void> {
  leases.push(await pool.acquire(signal));
}

/** Which instances are leased. */
export function idsOf(leases: readonly Lease<Fake>[]): number[] {
  return leases.map(({ instance }) => instance.id);
}

/** A turn of the event loop: what is resolved by now has had its consequences. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
