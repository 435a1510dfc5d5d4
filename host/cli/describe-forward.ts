import type { ForwardStatus } from "../ingress/forward/forward.ts";

/** `127.0.0.1:8080 [::1]:8080 -> default/leet port 7777`. */
export function describeForward({ addresses, workload, port, protocol }: ForwardStatus): string {
  return `${addresses.join(" ")} -> ${workload} port ${port}${protocol === "udp" ? "/udp" : ""}`;
}
