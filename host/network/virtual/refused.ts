import type { SocketAddress } from "node:net";
import { SocketError } from "../error.ts";
import { toText } from "../socket-address.ts";

/** What a client is told that dials a port on which nobody listens. */
export function refused(remote: SocketAddress): SocketError {
  return new SocketError(
    "connection-refused",
    `Cannot connect to ${toText(remote)}: nobody listens there`,
  );
}
