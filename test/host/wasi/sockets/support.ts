import assert from "node:assert/strict";
import type { SocketAddress } from "node:net";
import type { IpSocketAddress } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import type { SocketErrorCode } from "../../../../host/network/error.ts";
import type {
  Connection,
  Listener,
  PortReservation,
  TcpNetwork,
} from "../../../../host/network/network.ts";
import type { UdpNetwork, UdpSocket } from "../../../../host/network/udp.ts";
import type { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import type { Guest, GuestOptions } from "../../../../host/wasi/guest.ts";
import { GuestError } from "../../../../host/wasi/guest-error.ts";
import { Network } from "../../../../host/wasi/sockets/network.ts";
import { SocketQuota } from "../../../../host/wasi/sockets/socket-quota.ts";
import { TcpEndpoint } from "../../../../host/wasi/sockets/tcp-endpoint.ts";
import { TcpSocket } from "../../../../host/wasi/sockets/tcp-socket.ts";
import { createGuest } from "../support.ts";

/** A guest with its sockets, and what is left behind when it is gone. */
export class SocketGuest implements Disposable {
  readonly guest: Guest;
  readonly network: Network;
  readonly quota: SocketQuota;

  constructor(options: Partial<GuestOptions> = {}, quota: SocketQuota = new SocketQuota()) {
    this.guest = createGuest(options);
    this.network = new Network(this.guest);
    this.quota = quota;
  }

  socket(family: "ipv4" | "ipv6" = "ipv4"): TcpSocket {
    return new TcpSocket(this.guest, this.quota, new TcpEndpoint(this.guest, family));
  }

  bind(address: IpSocketAddress = ipv4(0)): TcpSocket {
    const socket = this.socket(address.tag);
    socket.startBind(this.network, address);
    socket.finishBind();
    return socket;
  }

  listen(address: IpSocketAddress = ipv4(0)): TcpSocket {
    const socket = this.bind(address);
    socket.startListen();
    socket.finishListen();
    return socket;
  }

  async connect(
    remote: IpSocketAddress,
  ): Promise<[TcpSocket, ...ReturnType<TcpSocket["finishConnect"]>]> {
    const socket = this.socket(remote.tag);
    socket.startConnect(this.network, remote);
    await socket.subscribe().block();
    return [socket, ...socket.finishConnect()];
  }

  [Symbol.dispose](): void {
    this.guest[Symbol.dispose]();
  }
}

/** What is open on a network. */
export function countsOf({ listeners, connections, reservations }: VirtualNetwork): object {
  return { listeners, connections, reservations };
}

export const NOTHING_OPEN: object = { listeners: 0, connections: 0, reservations: 0 };

export function ipv4(
  port: number,
  address: [number, number, number, number] = [127, 0, 0, 1],
): IpSocketAddress {
  return { tag: "ipv4", val: { port, address } };
}

export function ipv6(port: number, ...last: number[]): IpSocketAddress {
  const groups = [...Array.from({ length: 8 - last.length }, () => 0), ...last];
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  return {
    tag: "ipv6",
    val: { port, flowInfo: 0, address: [a, b, c, d, e, f, g, h], scopeId: 0 },
  };
}

/** "ok", or the error-code that a guest sees; anything else that is thrown is a bug and thrown on. */
export function outcome(act: () => unknown): "ok" | SocketErrorCode {
  try {
    act();
    return "ok";
  } catch (error) {
    assert.ok(error instanceof GuestError, `not an error for a guest: ${String(error)}`);
    assert.ok(Object.hasOwn(error, "payload"), "jco lowers own properties only");
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- asserted by the tables that compare it.
    return error.payload as SocketErrorCode;
  }
}

/** A network on which every operation waits until the test settles it. */
export class PendingNetwork implements TcpNetwork, UdpNetwork {
  readonly binds: PromiseWithResolvers<PortReservation>[] = [];
  readonly listens: PromiseWithResolvers<Listener>[] = [];
  readonly connects: PromiseWithResolvers<Connection>[] = [];
  readonly signals: (AbortSignal | undefined)[] = [];
  readonly addresses: SocketAddress[] = [];

  bind(local: SocketAddress): Promise<PortReservation> {
    this.addresses.push(local);
    return add(this.binds);
  }

  listen(): Promise<Listener> {
    return add(this.listens);
  }

  bindUdp(): UdpSocket {
    return assert.fail("This network has no UDP");
  }

  connect(
    remote: SocketAddress,
    { signal }: { readonly signal?: AbortSignal | undefined },
  ): Promise<Connection> {
    this.addresses.push(remote);
    this.signals.push(signal);
    return add(this.connects);
  }
}

function add<T>(list: PromiseWithResolvers<T>[]): Promise<T> {
  const deferred = Promise.withResolvers<T>();
  list.push(deferred);
  return deferred.promise;
}
