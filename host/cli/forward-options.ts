import type { ForwardParameters } from "../api/client/client.ts";
import { PROXY_USES } from "../network/publish-options.ts";
import { checkAhead, checkDuration } from "./duration-option.ts";
import { UsageError } from "./usage-error.ts";

/** What `islet forward add` takes beside addresses, as it was written. */
export interface ForwardWishes {
  readonly label?: string | undefined;
  readonly ttl?: string | undefined;
  readonly proxyProtocol?: string | undefined;
  readonly maxConnections?: string | undefined;
  readonly idleTimeout?: string | undefined;
  readonly allowPrivileged: boolean;
}

/** The same as the host is asked for it. Throws `UsageError`. */
export function readWishes(
  wishes: ForwardWishes,
): Omit<ForwardParameters, "publish" | "port" | "protocol"> {
  const { ttl, idleTimeout, maxConnections: count, proxyProtocol: use, ...rest } = wishes;
  checkAhead("--ttl", ttl, "1h");
  checkDuration("--idle-timeout", idleTimeout, "5m");
  const maxConnections = count === undefined ? undefined : Number(count);
  if (count !== undefined && !/^(?!0+$)\d{1,5}$/.test(count)) {
    throw new UsageError(`--max-connections ${count} is no number from 1 to 65535`);
  }
  const proxyProtocol = PROXY_USES.find((one) => one === use);
  if (use !== undefined && proxyProtocol === undefined) {
    throw new UsageError(`--proxy-protocol ${use} is none of ${PROXY_USES.join(", ")}`);
  }
  return { ...rest, ttl, idleTimeout, maxConnections, proxyProtocol };
}
