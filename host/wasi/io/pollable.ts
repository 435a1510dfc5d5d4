import type { Guest } from "../guest.ts";
import { Resource } from "../resource.ts";
import { type Condition } from "./suspend.ts";

/** What a pollable watches; `drop`, where there is one, is called when the guest drops the pollable. */
export interface PollableCondition extends Condition {
  drop?(): void;
}

/** `wasi:io/poll.pollable`. Level-triggered: it is ready whenever its condition is. */
export class Pollable extends Resource {
  readonly condition: PollableCondition;

  constructor(guest: Guest, condition: PollableCondition) {
    super(guest);
    this.condition = condition;
  }

  ready(): boolean {
    return this.condition.ready;
  }

  /** Returns at once where the condition is ready; a promise, for the guest to be suspended on, where not. */
  block(): Promise<void> | undefined {
    const { suspender } = this.guest;
    if (!this.condition.ready) return suspender.until([this.condition], () => undefined);
    suspender.countWait();
    return undefined;
  }

  protected override drop(): void {
    this.condition.drop?.();
  }
}
