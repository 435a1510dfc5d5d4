import { Agent } from "node:http";
import { setTimeout } from "node:timers/promises";
import { call } from "../../support/http-call.ts";

/** What a client saw that asks the same for as long as it lives. */
export interface Tally {
  readonly right: number;
  readonly wrong: number;
  /** What came instead of the first answer that was wrong. */
  readonly first: string | undefined;
}

/** Milliseconds between two requests. */
const PAUSE = 20;

/** Asks `host` for `path` again and again until `signal` aborts, and checks every answer. */
export async function askSteadily(
  url: string,
  host: string,
  path: (round: number) => string,
  expected: (round: number) => string,
  signal: AbortSignal,
): Promise<Tally> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let right = 0;
  let wrong = 0;
  let first: string | undefined;
  for (let round = 0; !signal.aborted; round++) {
    const answer = await call(url + path(round), { host, agent }).then(
      ({ status, text }) => `${status} ${text.trimEnd()}`,
      String,
    );
    if (answer === `200 ${expected(round)}`) {
      right += 1;
    } else {
      wrong += 1;
      first ??= `${host}: ${answer}`;
    }
    await setTimeout(PAUSE);
  }
  agent.destroy();
  return { right, wrong, first };
}
