import type { SocketAddress } from "node:net";
import type {
  Awaitable,
  Connection,
  ConnectOptions,
  Listener,
  ListenOptions,
  PortReservation,
  TcpNetwork,
} from "../network/network.ts";
import type { UdpBindOptions, UdpNetwork, UdpSocket } from "../network/udp.ts";
import type { WaitList } from "../network/wait-list.ts";
import { toText } from "../network/socket-address.ts";

export interface NetworkObserver {
  /** A listener was opened, or closed, at `address:port`. */
  readonly onListener: (address: string, open: boolean) => void;
}

/** The same network for the service of a workload, with someone who is told of its listeners. */
export class ObservedNetwork implements TcpNetwork, UdpNetwork {
  readonly #network: TcpNetwork & UdpNetwork;
  readonly #observer: NetworkObserver;

  constructor(network: TcpNetwork & UdpNetwork, observer: NetworkObserver) {
    this.#network = network;
    this.#observer = observer;
  }

  bind(local: SocketAddress): Awaitable<PortReservation> {
    return this.#network.bind(local);
  }

  listen(reservation: PortReservation, options: ListenOptions): Awaitable<Listener> {
    const listener = this.#network.listen(reservation, options);
    return listener instanceof Promise
      ? listener.then((opened) => this.#observe(opened))
      : this.#observe(listener);
  }

  connect(remote: SocketAddress, options: ConnectOptions): Promise<Connection> {
    // Listeners that are expected are its own.
    return this.#network.connect(remote, { ...options, awaitsListener: false });
  }

  bindUdp(local: SocketAddress, options: UdpBindOptions): UdpSocket {
    return this.#network.bindUdp(local, options);
  }

  #observe(listener: Listener): Listener {
    const address = toText(listener.local);
    this.#observer.onListener(address, true);
    return new ObservedListener(listener, () => this.#observer.onListener(address, false));
  }
}

class ObservedListener implements Listener {
  readonly local: SocketAddress;
  readonly whenPending: WaitList;
  readonly #listener: Listener;
  #onClose: (() => void) | undefined;

  constructor(listener: Listener, onClose: () => void) {
    this.#listener = listener;
    this.#onClose = onClose;
    this.local = listener.local;
    this.whenPending = listener.whenPending;
  }

  get pending(): number {
    return this.#listener.pending;
  }

  setBacklog(backlog: number): void {
    this.#listener.setBacklog(backlog);
  }

  accept(): Connection | undefined {
    return this.#listener.accept();
  }

  [Symbol.dispose](): void {
    this.#listener[Symbol.dispose]();
    this.#onClose?.();
    this.#onClose = undefined;
  }
}
