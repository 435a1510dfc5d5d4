import { createSocket, type Socket } from "node:dgram";
import type { SocketAddress } from "node:net";
import { randomEphemeral } from "../ephemeral-port.ts";
import { SocketError } from "../error.ts";
import { toText } from "../socket-address.ts";
import { toSocketError } from "./errno.ts";

/** Ephemeral ports that are tried before all of them are taken for held. */
const ATTEMPTS = 256;

/**
 * A bound socket of node:dgram.
 * An ephemeral port is picked here: Linux takes one that it picked itself away when the socket is disconnected.
 */
export function bindSocket(local: SocketAddress): Socket {
  const { address, family, port } = local;
  const socket = createSocket({
    type: family === "ipv4" ? "udp4" : "udp6",
    ipv6Only: family === "ipv6",
    // Addresses only: with this node:dgram neither asks a resolver nor waits for the next tick.
    lookup: (address, _options, callback) => callback(null, address, 0),
  });
  try {
    if (port === 0) bindEphemeral(socket, local);
    else socket.bindSync({ address, port });
    return socket;
  } catch (error) {
    socket.close();
    throw toSocketError(error, `bind ${toText(local)}`);
  }
}

function bindEphemeral(socket: Socket, local: SocketAddress): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      socket.bindSync({ address: local.address, port: randomEphemeral() });
      return;
    } catch (error) {
      if (toSocketError(error, "bind").code !== "address-in-use") throw error;
    }
  }
  throw new SocketError(
    "address-in-use",
    `Cannot bind ${toText(local)}: no ephemeral port is left`,
  );
}
