import type { HostEvent } from "../../host-event.ts";
import { toDecision } from "./decision.ts";

/** Something that happened, other than a line of a log: those have a log of their own. */
export type LoggedEvent = Exclude<HostEvent, { readonly tag: "log" }>;

/** An event as clients get it; what it is stands beside it, as the name of the event. */
export function toEventResource(event: LoggedEvent, at: Date): Readonly<Record<string, unknown>> {
  const time = at.toISOString();
  if (event.tag === "state") {
    const { workload, state } = event;
    return { time, workload, state: state.tag, reason: state.reason };
  }
  if (event.tag === "decision") {
    return { time, workload: event.workload, decision: toDecision(event.record) };
  }
  // The others are plain values.
  return { time, ...event, tag: undefined };
}
