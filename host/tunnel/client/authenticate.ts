import { TunnelError } from "../error.ts";
import { answerChallenge } from "../protocol/challenge.ts";
import { FrameTimeout } from "../protocol/frame-socket.ts";
import { decodeServerMessage, encodeClientMessage } from "../protocol/message.ts";
import type { ClientContext } from "./context.ts";
import { type Dialled, NETWORK_TIMEOUT } from "./dial.ts";
import { toRefusal } from "./refusal.ts";

/**
 * Answers the server's challenge where there is a secret. That the answer is right is said by silence:
 * what follows tells. Rejects with `TunnelError`.
 */
export async function authenticate(dialled: Dialled, context: ClientContext): Promise<void> {
  const { secret } = context;
  if (secret === undefined) return;
  const { frames } = dialled;
  let frame: string | undefined;
  try {
    frame = await frames.receive(CHALLENGE_TIMEOUT);
  } catch (error) {
    if (!(error instanceof FrameTimeout)) throw error;
    throw await explainSilence(dialled);
  }
  if (frame === undefined) throw closedEarly();
  const message = decodeServerMessage(frame);
  if (message.tag === "error") throw toRefusal(message.message);
  if (message.tag !== "challenge") throw noSecretAsked();
  const answer = answerChallenge(secret.reveal(), message.challenge);
  frames.send(encodeClientMessage({ tag: "authenticate", answer }));
}

/** The server closed the connection before it said anything. */
export function closedEarly(): TunnelError {
  return new TunnelError("closed", "Cannot open the tunnel: the server closed the connection");
}

/** A server with a secret challenges at once; half of the 3 seconds is left to find out why it did not. */
const CHALLENGE_TIMEOUT = NETWORK_TIMEOUT / 2;
const PROBE_TIMEOUT = 1000;

/**
 * A silent server either has no secret and waits for the client, or hangs. One that waits closes the connection
 * on an `Accept` for a visitor that does not exist, and nothing else comes of it.
 */
async function explainSilence({ frames }: Dialled): Promise<TunnelError> {
  frames.send(encodeClientMessage({ tag: "accept", visitor: crypto.randomUUID() }));
  try {
    const frame = await frames.receive(PROBE_TIMEOUT);
    if (frame === undefined) return noSecretAsked();
  } catch (error) {
    if (!(error instanceof FrameTimeout)) return noSecretAsked();
  }
  return new TunnelError("timeout", "Cannot open the tunnel: the server is silent");
}

function noSecretAsked(): TunnelError {
  return new TunnelError(
    "unauthorized",
    "Cannot open the tunnel: the server does not ask for the secret",
    { hint: "Leave the secret out, or give the same one to the server" },
  );
}
