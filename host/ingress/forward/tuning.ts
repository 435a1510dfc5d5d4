import type { PublishOptions } from "../../network/publish-options.ts";
import { ForwardError } from "./error.ts";
import { FORWARD_LIMITS, type ForwardLimits } from "./limits.ts";
import type { ProxyProtocol } from "./tcp-forward.ts";

/** What may change about a forward while it is open. */
export interface Tuning {
  readonly limits: ForwardLimits;
  readonly proxy: ProxyProtocol;
}

/** What a person's options mean. Throws `ForwardError` (`unavailable`) for a PROXY header before datagrams. */
export function toTuning(options: PublishOptions, protocol: "tcp" | "udp"): Tuning {
  const { proxyProtocol, maxConnections, idleTimeout } = options;
  if (protocol === "udp" && proxyProtocol !== undefined) {
    throw new ForwardError(
      "unavailable",
      "Cannot put a PROXY header before datagrams: it is TCP's",
    );
  }
  const time = idleTimeout === undefined ? undefined : Math.min(idleTimeout, TIMER_MAX);
  return {
    limits: {
      ...FORWARD_LIMITS,
      ...(maxConnections !== undefined && { connections: maxConnections }),
      ...(time !== undefined && { idleTimeout: time, flowTimeout: time }),
    },
    proxy: { inbound: proxyProtocol === "in", outbound: versionOf(proxyProtocol) },
  };
}

/** The longest time that a timer of Node can wait, in milliseconds. */
const TIMER_MAX = 2 ** 31 - 1;

function versionOf(use: PublishOptions["proxyProtocol"]): ProxyProtocol["outbound"] {
  switch (use) {
    case "out":
      return "v2";
    case "out-v1":
      return "v1";
    case "in":
    case undefined:
      return undefined;
  }
}
