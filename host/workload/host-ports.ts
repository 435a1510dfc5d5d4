import type { Protocol } from "../../policy/policy.ts";
import type { OwnPorts } from "../wasi/egress/machine.ts";

/** The ports of the machine that one host listens on itself; no guest ever reaches them. */
export class HostPorts {
  readonly #ports: Record<Protocol, number[]> = { tcp: [], udp: [] };
  readonly #watchers = new Set<(ports: OwnPorts) => void>();

  get current(): OwnPorts {
    return { tcp: [...this.#ports.tcp], udp: [...this.#ports.udp] };
  }

  /** Adds a port, until the returned object is disposed. One that is added twice has to be disposed twice. */
  add(protocol: Protocol, port: number): Disposable {
    const ports = this.#ports[protocol];
    ports.push(port);
    this.#notify();
    const stack = new DisposableStack();
    stack.defer(() => {
      ports.splice(ports.indexOf(port), 1);
      this.#notify();
    });
    return stack;
  }

  /** Calls `watcher` at each change, until the returned object is disposed. */
  watch(watcher: (ports: OwnPorts) => void): Disposable {
    const stack = new DisposableStack();
    this.#watchers.add(watcher);
    stack.defer(() => this.#watchers.delete(watcher));
    return stack;
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher(this.current);
  }
}
