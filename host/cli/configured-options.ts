import type { HostOptions } from "../host.ts";
import type { HostConfig } from "../manifest/host-config.ts";
import { hostQuotaLimits } from "../network/descriptor-limit.ts";
import { QUOTA_KINDS, type QuotaLimits } from "../network/quota-table.ts";

/** What a configuration says of a host that no option does. */
export function toConfiguredOptions({
  forwardPorts,
  quotas,
  tunnel,
}: HostConfig): Pick<HostOptions, "forwards" | "quota" | "tunnels"> {
  return { forwards: forwardPorts, tunnels: tunnel, quota: lowest(quotas, hostQuotaLimits()) };
}

/** Of each kind the lower bound: what the process has not cannot be promised. */
function lowest(wanted: QuotaLimits, had: QuotaLimits): QuotaLimits {
  const limits: Partial<Record<keyof QuotaLimits, number>> = {};
  for (const kind of QUOTA_KINDS) {
    const limit = Math.min(wanted[kind] ?? Infinity, had[kind] ?? Infinity);
    if (limit !== Infinity) limits[kind] = limit;
  }
  return limits;
}

/** Tells of bounds that are none, as the process has less. */
export function describeIdleQuotas(quotas: QuotaLimits): string[] {
  const had = hostQuotaLimits();
  return QUOTA_KINDS.flatMap((kind) => {
    const [wanted, most] = [quotas[kind], had[kind]];
    if (wanted === undefined || most === undefined || wanted <= most) return [];
    return [`quotas: of ${kind}s there are ${most} in any case, not ${wanted}`];
  });
}
