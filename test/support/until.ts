import { setTimeout } from "node:timers/promises";

/** Waits until a condition holds, looking often; a test's timeout is its deadline. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await setTimeout(10);
}
