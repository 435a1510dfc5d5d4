import { SocketError } from "../../network/error.ts";
import type { Awaitable } from "../../network/network.ts";
import { WaitList } from "../../network/wait-list.ts";

/**
 * What a `start-*` function began and its `finish-*` function collects.
 * A network that answers at once settles it at once, so a guest that finishes right after it started
 * never sees `would-block`. Until it is collected it owns what it made; disposing it undoes that.
 */
export class Operation<T extends Disposable> implements Disposable {
  #outcome: Outcome<T> = { tag: "pending" };
  /** Notified once, when the outcome is there. */
  readonly whenSettled: WaitList = new WaitList();

  /** Begins `act`; whatever it throws, now or later, is kept for `finish`. */
  constructor(act: () => Awaitable<T>) {
    try {
      const result = act();
      if (result instanceof Promise) {
        result.then(
          (value) => this.#settle({ tag: "done", value }),
          (error: unknown) => this.#settle({ tag: "failed", error }),
        );
      } else {
        this.#outcome = { tag: "done", value: result };
      }
    } catch (error) {
      this.#outcome = { tag: "failed", error };
    }
  }

  /** Whether `finish` has an answer other than `would-block`. */
  get settled(): boolean {
    return this.#outcome.tag !== "pending";
  }

  /** Hands over the result, to be disposed by the caller, or throws why there is none. */
  finish(): T {
    const outcome = this.#outcome;
    switch (outcome.tag) {
      case "done":
        this.#outcome = { tag: "abandoned" };
        return outcome.value;
      case "failed":
        throw outcome.error;
      case "pending":
        // WIT: "Can't finish the operation, it is still in progress."
        throw new SocketError("would-block", "Cannot finish the operation: still in progress");
      case "abandoned":
        throw new SocketError("not-in-progress", "Cannot finish the operation: already finished");
    }
  }

  /** Gives up: what was made, or will still be made, is disposed. */
  [Symbol.dispose](): void {
    const outcome = this.#outcome;
    this.#outcome = { tag: "abandoned" };
    if (outcome.tag === "done") outcome.value[Symbol.dispose]();
  }

  #settle(outcome: Outcome<T>): void {
    if (this.#outcome.tag === "abandoned") {
      if (outcome.tag === "done") outcome.value[Symbol.dispose]();
      return;
    }
    this.#outcome = outcome;
    this.whenSettled.notify();
  }
}

type Outcome<T> =
  | { readonly tag: "pending" }
  | { readonly tag: "done"; readonly value: T }
  | { readonly tag: "failed"; readonly error: unknown }
  | { readonly tag: "abandoned" };
