import type { ServiceOutcome } from "../bridge/message-to-main.ts";

/** How a run of a service ended, as the end of a sentence. */
export function describeOutcome(outcome: ServiceOutcome): string {
  switch (outcome.tag) {
    case "completed":
      return "its service ended with success";
    case "failed":
      return `its service failed: ${outcome.reason}`;
    case "trapped":
      return `its service trapped: ${outcome.reason}`;
  }
}

/** The sentence with a capital letter at its start. */
export function capitalize(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
