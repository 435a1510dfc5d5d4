import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { isAnswer } from "../protocol/challenge.ts";
import { ProtocolError } from "../protocol/error.ts";
import { FrameSocket, FrameTimeout } from "../protocol/frame-socket.ts";
import {
  type ClientMessage,
  decodeClientMessage,
  encodeServerMessage,
} from "../protocol/message.ts";
import { SocketDuplex } from "../protocol/socket-duplex.ts";
import { ALPN } from "../protocol/tls.ts";
import type { TunnelServerOptions } from "./options.ts";

/** bore's timeout for each message that it waits for at the start. */
const NETWORK_TIMEOUT = 3000;

/** A client that showed that it may be here, and said what it wants. */
export interface Greeting {
  readonly message: Extract<ClientMessage, { tag: "hello" | "open" | "accept" }>;
  /** Which of the secrets it knows; undefined where there are none. */
  readonly secret: number | undefined;
  readonly frames: FrameSocket;
  /** What bytes go through, and the TCP socket below it. */
  readonly socket: Socket;
  readonly raw: Socket;
}

/** A client that is sent away. `answer` is what it is told, in the words of bore's server. */
export class GreetingRefusal extends Error {
  override readonly name = "GreetingRefusal";
  readonly answer: string | undefined;

  constructor(reason: string, answer?: string) {
    super(reason);
    this.answer = answer;
  }
}

/**
 * Challenges a client and reads what it wants, over TLS where it asks for that.
 * Rejects with `GreetingRefusal`, after it told the client; the socket is left to the caller.
 */
export async function greet(raw: Socket, options: TunnelServerOptions): Promise<Greeting> {
  const plain = new FrameSocket(raw, options.clock);
  const challenge = send(plain, options);
  const message = await receive(plain);
  if (message.tag !== "tls") {
    return { ...(await check(plain, message, challenge, options)), socket: raw, raw };
  }
  if (options.tls === undefined) throw new GreetingRefusal("It asks for TLS, which is not set up");
  plain.send(encodeServerMessage({ tag: "tls" }));
  const socket = secure(plain.detach(), options.tls);
  const frames = new FrameSocket(socket, options.clock);
  const second = send(frames, options);
  const inner = await receive(frames);
  if (socket.alpnProtocol !== ALPN) throw new GreetingRefusal("It wants another protocol over TLS");
  return { ...(await check(frames, inner, second, options)), socket, raw };
}

/** Sends a challenge where there are secrets; returns its UUID. */
function send(frames: FrameSocket, { secrets }: TunnelServerOptions): string | undefined {
  if (secrets.length === 0) return undefined;
  const challenge = randomUUID();
  frames.send(encodeServerMessage({ tag: "challenge", challenge }));
  return challenge;
}

async function check(
  frames: FrameSocket,
  first: ClientMessage,
  challenge: string | undefined,
  { secrets }: TunnelServerOptions,
): Promise<Omit<Greeting, "socket" | "raw">> {
  let message = first;
  let secret: number | undefined;
  if (challenge !== undefined) {
    if (message.tag !== "authenticate") {
      throw refuse(frames, "server requires secret, but no secret was provided");
    }
    const { answer } = message;
    // All of them are tried, so that the time does not tell which one it was.
    const matches = secrets.map((known) => isAnswer(answer, known.reveal(), challenge));
    const index = matches.indexOf(true);
    if (index < 0) throw refuse(frames, "invalid secret");
    secret = index;
    message = await receive(frames);
  }
  if (message.tag === "hello" || message.tag === "open" || message.tag === "accept") {
    return { message, secret, frames };
  }
  throw new GreetingRefusal(`It sent an unexpected ${message.tag}`);
}

async function receive(frames: FrameSocket): Promise<ClientMessage> {
  let frame: string | undefined;
  try {
    frame = await frames.receive(NETWORK_TIMEOUT);
    if (frame !== undefined) return decodeClientMessage(frame);
  } catch (error) {
    if (error instanceof FrameTimeout) {
      throw refuse(frames, "timed out waiting for initial message");
    }
    if (error instanceof ProtocolError) throw new GreetingRefusal(error.message);
    throw new GreetingRefusal(`Its connection broke: ${String(error)}`);
  }
  throw new GreetingRefusal("It closed the connection");
}

function refuse(frames: FrameSocket, answer: string): GreetingRefusal {
  frames.send(encodeServerMessage({ tag: "error", message: answer }));
  frames.close();
  return new GreetingRefusal(answer, answer);
}

function secure(
  raw: Socket,
  { certificate, key }: NonNullable<TunnelServerOptions["tls"]>,
): TLSSocket {
  return new TLSSocket(new SocketDuplex(raw), {
    isServer: true,
    secureContext: createSecureContext({ cert: certificate, key }),
    ALPNProtocols: [ALPN],
  });
}
