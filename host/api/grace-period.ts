import { DURATION_MAX, parseDuration } from "../manifest/duration.ts";
import { ProblemError } from "./problem.ts";

/** The milliseconds of a duration as manifests have it; undefined without one. Throws `ProblemError` where it is too long. */
export function parseGracePeriod(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const period = parseDuration(text);
  if (period !== undefined && period <= DURATION_MAX) return period;
  throw new ProblemError(
    "invalid-request",
    `gracePeriod must be a duration such as 10s, not ${text}`,
    {
      errors: [{ pointer: "gracePeriod", detail: "must be a duration such as 10s" }],
    },
  );
}
