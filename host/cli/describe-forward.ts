import type { ForwardStatus } from "../ingress/forward/forward.ts";
import { printable } from "./printable.ts";

/** `127.0.0.1:8080 [::1]:8080 -> default/leet port 7777`. */
export function describeForward({ addresses, workload, port, protocol }: ForwardStatus): string {
  const suffix = protocol === "udp" ? "/udp" : "";
  return printable(`${addresses.join(" ")} -> ${workload} port ${port}${suffix}`);
}
