import type { HttpLimits } from "./limits.ts";
import type { Problem } from "./problem.ts";
import type { IncomingRequestMessage } from "./visitor.ts";

/** Why a request is refused before anybody is asked; undefined where it is not. */
export function refusalOf(
  { headers, rawHeaders }: IncomingRequestMessage,
  limits: HttpLimits,
): Problem | undefined {
  if (rawHeaders.length > 2 * limits.headerCount) {
    const detail = `The request has more than ${limits.headerCount} header fields`;
    return { status: 431, detail, close: true };
  }
  const length = headers["content-length"];
  if (length !== undefined && Number(length) > limits.bodySize) {
    const detail = `The request has more than ${limits.bodySize} bytes`;
    return { status: 413, detail, close: true };
  }
  return undefined;
}
