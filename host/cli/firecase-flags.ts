import { isIP } from "node:net";
import type { FirecaseOptions } from "../api/firecase.ts";
import { UsageError } from "./usage-error.ts";

/** What a person can say of the API that is Firecase's. */
export interface FirecaseFlags {
  readonly forwardHostname?: string | undefined;
  readonly forwardAddress?: string | undefined;
  readonly maxForwardedPorts?: string | undefined;
}

/** A workload has no more ports than that. */
const PORTS_MAX = 65_535;

/** Whether a text can be the name of a machine, or its address. */
export function isHostName(text: string): boolean {
  return /^[\w.:[\]-]+$/.test(text);
}

/** Throws `UsageError`. */
export function toFirecaseOptions({
  forwardHostname = "localhost",
  forwardAddress,
  maxForwardedPorts = "5",
}: FirecaseFlags): FirecaseOptions {
  if (!isHostName(forwardHostname)) {
    throw new UsageError(
      `--forward-hostname ${forwardHostname} is no name. Try --forward-hostname compute-1.example.com`,
    );
  }
  // Of an address with a zone no forward can be made.
  if (
    forwardAddress !== undefined &&
    (isIP(forwardAddress) === 0 || forwardAddress.includes("%"))
  ) {
    throw new UsageError(
      `--forward-address ${forwardAddress} is no IP address. Try --forward-address 0.0.0.0`,
    );
  }
  const count = Number(maxForwardedPorts);
  if (!/^\d+$/.test(maxForwardedPorts) || count > PORTS_MAX) {
    throw new UsageError(
      `--max-forwarded-ports ${maxForwardedPorts} is no count. Try --max-forwarded-ports 5`,
    );
  }
  return { hostname: forwardHostname, address: forwardAddress, maxForwardedPorts: count };
}
