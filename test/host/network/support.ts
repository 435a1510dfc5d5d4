import assert from "node:assert/strict";
import type { NetworkQuota, QuotaKind } from "../../../host/network/quota.ts";
import { HostQuota, type QuotaPlace } from "../../../host/network/host-quota.ts";
import { QUOTA_KINDS, type QuotaLimits } from "../../../host/network/quota-table.ts";
import { SharedQuota } from "../../../host/network/shared-quota.ts";

/** A quota that fails the test when more is given back than was taken. */
export class RecordingQuota implements NetworkQuota {
  readonly #place: QuotaPlace;
  readonly #quota: SharedQuota;

  constructor(limits: QuotaLimits) {
    this.#place = new HostQuota({}).admit(limits);
    this.#quota = new SharedQuota(this.#place.seat);
  }

  used(kind: QuotaKind): number {
    return this.#place.used(kind);
  }

  /** What is used of each kind, those left out of which nothing is. */
  get usage(): Partial<Record<QuotaKind, number>> {
    const used = QUOTA_KINDS.map((kind) => [kind, this.used(kind)] as const);
    return Object.fromEntries(used.filter(([, count]) => count !== 0));
  }

  acquire(kind: QuotaKind, count: number): boolean {
    checkCount(count);
    return this.#quota.acquire(kind, count);
  }

  charge(kind: QuotaKind, count: number): void {
    checkCount(count);
    this.#quota.charge(kind, count);
  }

  release(kind: QuotaKind, count: number): void {
    checkCount(count);
    this.#quota.release(kind, count);
    assert.ok(this.used(kind) >= 0, `more of ${kind} was given back than taken`);
  }

  hasRoom(kind: QuotaKind, count: number): boolean {
    return this.#quota.hasRoom(kind, count);
  }
}

function checkCount(count: number): void {
  assert.ok(Number.isSafeInteger(count) && count >= 0, `${count} is no count`);
}
