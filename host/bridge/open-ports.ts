import { WaitList } from "../network/wait-list.ts";
import type { MessageToMain } from "./message-to-main.ts";

/** The ports of a workload's own network that somebody has, as its cell tells of them. */
export class OpenPorts {
  readonly whenChanged: WaitList = new WaitList();
  /** How many addresses each is open at. */
  readonly #open = new Map<string, number>();

  has(protocol: "tcp" | "udp", port: number): boolean {
    return this.#open.has(`${protocol} ${port}`);
  }

  receive({ protocol, port, open }: Extract<MessageToMain, { tag: "port" }>): void {
    const key = `${protocol} ${port}`;
    const count = (this.#open.get(key) ?? 0) + (open ? 1 : -1);
    if (count > 0) this.#open.set(key, count);
    else this.#open.delete(key);
    this.whenChanged.notify();
  }

  /** The cell is gone. */
  clear(): void {
    this.#open.clear();
    this.whenChanged.notify();
  }
}
