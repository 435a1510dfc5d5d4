import type { SpliceEnd } from "../../network/splice/end.ts";
import type { TunnelClock } from "../clock.ts";
import type { Access } from "./access.ts";
import { answer, decideRequest } from "./decide-request.ts";
import { HeldEnd } from "./held-end.ts";
import { encodeRequestHead, HEAD_MAX, headEnd, parseRequestHead } from "./request-head.ts";

/** Milliseconds that a visitor may take to send the head of its request. */
const HEAD_TIMEOUT = 10_000;

/** Milliseconds that a visitor may take to read an answer that refuses it. */
const ANSWER_TIMEOUT = 5000;

/**
 * Looks at the request of a visitor before any byte of it reaches the guest.
 * Returns what the guest gets, or undefined where the visitor was refused, answered and sent away.
 */
export async function admitRequest(
  end: SpliceEnd,
  access: Access,
  clock: TunnelClock,
): Promise<SpliceEnd | undefined> {
  const held = new HeldEnd(end);
  const decision = await decide(held, access, clock);
  if (decision.tag === "admit") {
    held.replace(decision.bytes);
    return held;
  }
  held.write(Buffer.from(decision.response));
  held.end();
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ANSWER_TIMEOUT, resolve);
  // The visitor closes when it has the answer; what else it sends until then is dropped.
  for (let turns = 0; turns < 64 && !held.isOver; turns++) {
    held.replace(Buffer.alloc(0));
    await held.more(promise);
  }
  cancel();
  held.reset();
  return undefined;
}

type Admission =
  | { readonly tag: "admit"; readonly bytes: Buffer }
  | { readonly tag: "answer"; readonly response: string };

async function decide(held: HeldEnd, access: Access, clock: TunnelClock): Promise<Admission> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isLate = false;
  const cancel = clock.after(HEAD_TIMEOUT, () => {
    isLate = true;
    resolve();
  });
  let end = headEnd(held.bytes);
  while (end < 0 && held.bytes.length <= HEAD_MAX && !held.isOver && !isLate) {
    await held.more(promise);
    end = headEnd(held.bytes);
  }
  cancel();
  if (isLate) return answer("408 Request Timeout", [], "The request did not come in time");
  if (end < 0 || end > HEAD_MAX) return answer("400 Bad Request", [], "This takes HTTP/1 requests");
  const head = parseRequestHead(held.bytes.subarray(0, end));
  if (head === undefined) return answer("400 Bad Request", [], "This takes HTTP/1 requests");
  const decision = decideRequest(head, access, clock.date());
  if (decision.tag === "answer") return decision;
  const bytes = Buffer.concat([encodeRequestHead(decision.head), held.bytes.subarray(end)]);
  return { tag: "admit", bytes };
}
