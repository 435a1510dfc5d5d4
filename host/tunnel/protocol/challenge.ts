import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/**
 * The answer to a challenge: HMAC-SHA256 over the 16 bytes of its UUID, keyed with the SHA-256 of the secret,
 * in lower-case hex. The secret itself never travels; the empty one is one like any other.
 */
export function answerChallenge(secret: string, challenge: string): string {
  return mac(secret, challenge).toString("hex");
}

/** Whether `answer` (hex of either case) answers `challenge`; takes as long whatever is wrong with it. */
export function isAnswer(answer: string, secret: string, challenge: string): boolean {
  const expected = mac(secret, challenge);
  const given = Buffer.from(answer, "hex");
  return (
    answer.length === 2 * expected.length &&
    given.length === expected.length &&
    timingSafeEqual(given, expected)
  );
}

function mac(secret: string, challenge: string): Buffer {
  const key = createHash("sha256").update(secret).digest();
  const raw = Buffer.from(challenge.replaceAll("-", ""), "hex");
  return createHmac("sha256", key).update(raw).digest();
}
