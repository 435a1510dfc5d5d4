import type { HostQuota } from "../network/host-quota.ts";
import { QUOTA_PAGE } from "../network/quota.ts";
import type { QuotaLimits } from "../network/quota-table.ts";
import type { Workload } from "../manifest/workload.ts";
import type { CreateCell } from "./cell.ts";

/**
 * Cells that take a place in the host's quota while they live. Each has a place of its own, so that what a dead one
 * held is taken back as a whole, once its thread has ended, whatever it was doing.
 */
export function withQuota(
  createCell: CreateCell,
  quota: HostQuota,
  limits: QuotaLimits,
): CreateCell {
  return (start, events) => {
    using admitted = new DisposableStack();
    const place = admitted.use(quota.admit(limits));
    const cell = createCell({ ...start, quota: place.seat }, events);
    admitted.move();
    return {
      get death() {
        return cell.death;
      },
      get load() {
        return cell.load;
      },
      get vitals() {
        return cell.vitals;
      },
      get wayIn() {
        return cell.wayIn;
      },
      requestHttp: (request, target, signal) => cell.requestHttp(request, target, signal),
      startService: (run) => cell.startService(run),
      setOwnPorts: (ports) => cell.setOwnPorts(ports),
      stop: async () => {
        await cell.stop();
        place[Symbol.dispose]();
      },
    };
  };
}

/**
 * What the guests of a workload may use together: they share a network, so it is the sum of what each may.
 * A connection on that network has two ends, both of which count.
 */
export function quotaOf({ service, components }: Workload): QuotaLimits {
  const guests = service === undefined ? components : [service, ...components];
  const sum = (of: (limits: (typeof guests)[number]["limits"]) => number): number =>
    guests.reduce((total, { limits }) => total + of(limits), 0);
  const sockets = sum((limits) => limits.sockets);
  return {
    socket: sockets,
    connection: 2 * sockets,
    listener: sum((limits) => limits.listeners),
    page: sum((limits) => Math.ceil(limits.bufferedBytes / QUOTA_PAGE)),
    lookup: LOOKUPS_MAX,
    file: FILES_MAX,
  };
}

/** Files and directories that all instances of one workload may have open. */
const FILES_MAX = 1024;

/** Name lookups that one workload may have in flight. */
const LOOKUPS_MAX = 32;
