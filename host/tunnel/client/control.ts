import { SocketAddress } from "node:net";
import { TunnelError } from "../error.ts";
import { ProtocolError } from "../protocol/error.ts";
import { FrameTimeout } from "../protocol/frame-socket.ts";
import {
  type ClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  type ServerMessage,
} from "../protocol/message.ts";
import { authenticate, closedEarly } from "./authenticate.ts";
import type { ClientContext } from "./context.ts";
import { type Dialled, dialServer, NETWORK_TIMEOUT } from "./dial.ts";
import { secretRequired, toRefusal } from "./refusal.ts";

/** Milliseconds without a frame after which the server is taken for gone; it sends one every 500. */
const HEARTBEAT_TIMEOUT = 8000;

/** A visitor that waits at the server. */
export interface Visitor {
  readonly id: string;
  /** Where it came from, as far as the server tells. */
  readonly from: SocketAddress | undefined;
}

export interface ControlOptions {
  /** The public port to ask for; 0 for any. */
  readonly port: number;
  /** What the server knows this tunnel by when it comes back; a UUID. */
  readonly lease: string;
  readonly signal: AbortSignal;
  readonly onVisitor: (visitor: Visitor) => void;
  /** Something odd that does no harm, as a sentence. */
  readonly onWarning: (message: string) => void;
}

/** A tunnel that is open at the server. */
export interface Control {
  readonly port: number;
  /** Fulfils with the reason when the connection is over; never rejects. */
  readonly ended: Promise<TunnelError>;
  /** Frames that the server sent so far. */
  readonly heard: () => number;
  /** Gives the connection up. */
  readonly drop: (reason: TunnelError) => void;
}

/** Opens a tunnel at the server. Rejects with `TunnelError`, or with the signal's reason. */
export async function openControl(
  context: ClientContext,
  options: ControlOptions,
): Promise<Control> {
  using stack = new DisposableStack();
  const dialled = stack.use(await dialServer(context, options.signal));
  const onAbort = (): void => dialled[Symbol.dispose]();
  options.signal.addEventListener("abort", onAbort);
  stack.defer(() => options.signal.removeEventListener("abort", onAbort));
  try {
    const port = await greet(dialled, context, options);
    return new OpenControl(port, dialled, context, options, stack.move());
  } catch (error) {
    options.signal.throwIfAborted();
    throw toTunnelError(error);
  }
}

async function greet(
  dialled: Dialled,
  context: ClientContext,
  { port, lease }: ControlOptions,
): Promise<number> {
  await authenticate(dialled, context);
  const isBore = context.server.scheme === "bore";
  const message: ClientMessage = isBore ? { tag: "hello", port } : { tag: "open", port, lease };
  dialled.frames.send(encodeClientMessage(message));
  const frame = await dialled.frames.receive(NETWORK_TIMEOUT);
  if (frame === undefined) throw closedEarly();
  const answer = decodeServerMessage(frame);
  if (answer.tag === "hello") return answer.port;
  if (answer.tag === "error") throw toRefusal(answer.message);
  if (answer.tag === "challenge") throw secretRequired();
  throw new TunnelError("protocol", `Cannot open the tunnel: the server answered ${answer.tag}`);
}

/** Milliseconds between two signs of life of the client, where the server wants them. */
const CLIENT_HEARTBEAT = 2000;

class OpenControl implements Control {
  readonly port: number;
  readonly ended: Promise<TunnelError>;
  readonly #dialled: Dialled;
  readonly #context: ClientContext;
  readonly #options: ControlOptions;
  readonly #resources: DisposableStack;
  #heard = 0;
  #dropped: TunnelError | undefined;
  #cancelBeat: (() => void) | undefined;

  constructor(
    port: number,
    dialled: Dialled,
    context: ClientContext,
    options: ControlOptions,
    resources: DisposableStack,
  ) {
    this.port = port;
    this.#dialled = dialled;
    this.#context = context;
    this.#options = options;
    this.#resources = resources;
    resources.defer(() => this.#cancelBeat?.());
    if (context.server.scheme !== "bore") this.#beat();
    this.ended = this.#listen();
  }

  readonly heard = (): number => this.#heard;

  readonly drop = (reason: TunnelError): void => {
    this.#dropped ??= reason;
    this.#dialled[Symbol.dispose]();
  };

  async #listen(): Promise<TunnelError> {
    const { frames } = this.#dialled;
    try {
      while (true) {
        const frame = await frames.receive(HEARTBEAT_TIMEOUT);
        if (frame === undefined) break;
        this.#heard += 1;
        this.#take(frame);
      }
    } catch (error) {
      this.#dropped ??= toTunnelError(error);
    } finally {
      this.#resources.dispose();
    }
    return this.#dropped ?? new TunnelError("closed", "The server closed the connection");
  }

  #take(frame: string): void {
    let message: ServerMessage;
    try {
      message = decodeServerMessage(frame);
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.code !== "unknown-message") throw error;
      this.#options.onWarning(error.message);
      return;
    }
    switch (message.tag) {
      case "heartbeat":
        break;
      case "connection":
        this.#options.onVisitor({ id: message.visitor, from: undefined });
        break;
      case "visitor":
        this.#options.onVisitor({ id: message.visitor, from: SocketAddress.parse(message.from) });
        break;
      case "error":
        this.#options.onWarning(`The server says ${JSON.stringify(message.message)}`);
        break;
      case "challenge":
      case "hello":
      case "tls":
        this.#options.onWarning(`The server sent an unexpected ${message.tag}`);
        break;
    }
  }

  #beat(): void {
    this.#cancelBeat = this.#context.clock.after(CLIENT_HEARTBEAT, () => this.#beat());
    this.#dialled.frames.send(encodeClientMessage({ tag: "heartbeat" }));
  }
}

function toTunnelError(error: unknown): TunnelError {
  if (error instanceof TunnelError) return error;
  if (error instanceof FrameTimeout) {
    return new TunnelError("timeout", "The server is silent", { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof ProtocolError ? "protocol" : "closed";
  return new TunnelError(code, `The connection to the server broke: ${message}`, { cause: error });
}
