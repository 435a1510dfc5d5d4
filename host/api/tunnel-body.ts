import { parseAhead } from "../manifest/duration.ts";
import type { NewTunnel } from "../tunnel-operations.ts";
import { ProblemError } from "./problem.ts";

/** A tunnel as a client asks for it. */
export interface TunnelBody extends Pick<
  NewTunnel,
  "port" | "to" | "remotePort" | "caFile" | "link" | "from" | "maxConnections" | "bandwidth"
> {
  readonly secret?: string | undefined;
  readonly basic?: { readonly username: string; readonly password: string } | undefined;
  /** A duration as manifests have it. */
  readonly expires?: string | undefined;
}

/** What the host is asked for. */
export function toNewTunnel({ secret, basic, expires, ...rest }: TunnelBody): NewTunnel {
  return {
    ...rest,
    secret: secret === undefined ? undefined : { tag: "text", text: secret },
    basic:
      basic === undefined
        ? undefined
        : { username: basic.username, password: { tag: "text", text: basic.password } },
    expires: expires === undefined ? undefined : toMilliseconds(expires),
  };
}

/** The milliseconds of a duration, at least a second and at most a century. Throws `ProblemError`. */
export function toMilliseconds(text: string): number {
  const duration = parseAhead(text);
  if (duration !== undefined && duration >= 1000) return duration;
  throw new ProblemError("invalid-request", `expires: ${text} is not between 1s and a century`);
}
