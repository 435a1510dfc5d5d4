import { WaitList } from "../../network/wait-list.ts";

/** Waits for two things at once: whoever waits here is called when either is notified, once for each of the two at most. */
export class EitherWaitList extends WaitList {
  readonly #first: WaitList;
  readonly #second: WaitList;

  constructor(first: WaitList, second: WaitList) {
    super();
    this.#first = first;
    this.#second = second;
  }

  override get isEmpty(): boolean {
    return this.#first.isEmpty && this.#second.isEmpty;
  }

  override add(waiter: () => void): void {
    this.#first.add(waiter);
    this.#second.add(waiter);
  }

  override delete(waiter: () => void): void {
    this.#first.delete(waiter);
    this.#second.delete(waiter);
  }

  override notify(): void {
    this.#first.notify();
    this.#second.notify();
  }
}
