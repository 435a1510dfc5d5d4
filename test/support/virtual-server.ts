import type { Server } from "node:net";
import { SocketAddress } from "node:net";
import type { Duplex } from "node:stream";
import { TCP_OPTIONS_DEFAULT } from "../../host/network/tcp-options.ts";
import type { VirtualNetwork } from "../../host/network/virtual/virtual-network.ts";
import { ConnectionSocket } from "../../host/wasi/http/client/connection-socket.ts";

/** Accepts connections on a port of a virtual network, until it is disposed. */
export function serveVirtual(
  network: VirtualNetwork,
  port: number,
  onConnection: (socket: Duplex) => void,
): Disposable {
  const address = new SocketAddress({ address: "127.0.0.1", family: "ipv4", port });
  const listener = network.listen(network.bind(address), {
    backlog: 1024,
    tcp: TCP_OPTIONS_DEFAULT,
  });
  const accept = (): void => {
    for (let next = listener.accept(); next !== undefined; next = listener.accept()) {
      onConnection(new ConnectionSocket(next));
    }
    listener.whenPending.add(accept);
  };
  accept();
  return listener;
}

/** Lets a server of Node take the connections to a port of a virtual network. */
export function serveVirtualHttp(
  network: VirtualNetwork,
  port: number,
  server: Server,
): Disposable {
  return serveVirtual(network, port, (socket) => server.emit("connection", socket));
}
