import { SocketAddress } from "node:net";
import type { Clock } from "../../engine/clock.ts";
import { SocketEnd } from "../../network/splice/socket-end.ts";
import type { SpliceEnd, SpliceListener } from "../../network/splice/end.ts";
import { FrameDecoder } from "../protocol/frame.ts";
import { decodeServerMessage, encodeClientMessage } from "../protocol/message.ts";
import { authenticate, closedEarly } from "./authenticate.ts";
import type { ClientContext } from "./context.ts";
import { dialServer } from "./dial.ts";

/** A visitor's bytes, and the address of the server that they come through. */
export interface FetchedVisitor {
  readonly end: SpliceEnd;
  readonly server: SocketAddress;
}

/**
 * Fetches a visitor that waits at the server; the result carries the visitor's bytes from its first on.
 * That the server does not know the visitor (any more) shows as an end without a byte.
 */
export async function fetchVisitor(
  context: ClientContext,
  visitor: string,
  signal: AbortSignal,
): Promise<FetchedVisitor> {
  using stack = new DisposableStack();
  const dialled = stack.use(await dialServer(context, signal));
  const onAbort = (): void => dialled[Symbol.dispose]();
  signal.addEventListener("abort", onAbort);
  stack.defer(() => signal.removeEventListener("abort", onAbort));
  await authenticate(dialled, context);
  signal.throwIfAborted();
  dialled.frames.send(encodeClientMessage({ tag: "accept", visitor }));
  signal.removeEventListener("abort", onAbort);
  const { remoteAddress: address, remotePort: port, remoteFamily } = dialled.raw;
  if (address === undefined || port === undefined) throw closedEarly();
  const family = remoteFamily === "IPv6" ? "ipv6" : "ipv4";
  const server = new SocketAddress({ address, port, family });
  const end = new GuardedEnd(new SocketEnd(dialled.frames.detach(), dialled.raw), context.clock);
  stack.move();
  return { end, server };
}

/**
 * A data connection whose server may refuse instead of passing on the visitor, because its secret changed meanwhile.
 * There is no frame that says that the visitor's bytes begin, so a first chunk that is exactly a challenge or an error
 * is taken for one: it must not reach the guest.
 */
class GuardedEnd implements SpliceEnd {
  readonly #end: SpliceEnd;
  readonly #clock: Clock;
  readonly #acceptedAt: number;
  #isFirst = true;

  constructor(end: SpliceEnd, clock: Clock) {
    this.#end = end;
    this.#clock = clock;
    this.#acceptedAt = clock.now();
  }

  start(listener: SpliceListener): void {
    this.#end.start({
      ...listener,
      onBytes: (bytes) => {
        const isRefusal = this.#isFirst && isServerFrame(bytes);
        this.#isFirst = false;
        if (!isRefusal) {
          listener.onBytes(bytes);
          return;
        }
        listener.onBreak(new Error("Cannot fetch a visitor: the server refuses"));
        this.#end.reset();
      },
    });
  }

  pause(): void {
    this.#end.pause();
  }

  resume(): void {
    this.#end.resume();
  }

  write(bytes: Uint8Array): boolean {
    return this.#end.write(bytes);
  }

  end(): void {
    this.#end.end();
  }

  reset(): void {
    // A reset overtakes what the server has not read: without the `Accept` it would let the visitor wait for long.
    const isEarly = this.#isFirst && this.#clock.now() - this.#acceptedAt < ACCEPT_GRACE;
    if (isEarly) this.#clock.after(ACCEPT_GRACE, () => this.#end.reset());
    else this.#end.reset();
  }
}

/** Milliseconds that an `Accept` gets to arrive. */
const ACCEPT_GRACE = 250;

function isServerFrame(bytes: Uint8Array): boolean {
  const decoder = new FrameDecoder();
  decoder.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  try {
    const frame = decoder.next();
    if (frame === undefined || decoder.size > 0) return false;
    const { tag } = decodeServerMessage(frame);
    return tag === "challenge" || tag === "error";
  } catch {
    return false;
  }
}
