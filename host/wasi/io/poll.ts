import type { Pollable } from "./pollable.ts";
import { AGAIN } from "./suspend.ts";

/**
 * `wasi:io/poll.poll`: the indexes of those in `list` that are ready, once one is.
 * WIT: "This function traps if [...] the list is empty".
 */
export function poll(list: readonly Pollable[]): readonly number[] | Promise<readonly number[]> {
  return pollThen(list, (ready) => ready);
}

/** As `poll`, with `answer` made in the moment in which the guest goes on. */
export function pollThen<T>(
  list: readonly Pollable[],
  answer: (ready: readonly number[]) => T,
): T | Promise<T> {
  const [first] = list;
  if (first === undefined) throw new RangeError("Cannot poll an empty list");
  const ready = readyIndexes(list);
  if (ready.length > 0) {
    first.guest.suspender.countWait();
    return answer(ready);
  }
  const conditions = list.map((pollable) => pollable.condition);
  return first.guest.suspender.until(conditions, () => {
    const ready = readyIndexes(list);
    return ready.length > 0 ? answer(ready) : AGAIN;
  });
}

function readyIndexes(list: readonly Pollable[]): number[] {
  const ready: number[] = [];
  for (let index = 0; index < list.length; index += 1) {
    if (list[index]?.condition.ready === true) ready.push(index);
  }
  return ready;
}
