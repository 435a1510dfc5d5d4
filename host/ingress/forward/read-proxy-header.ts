import type { Socket, SocketAddress } from "node:net";
import type { Clock } from "../../engine/clock.ts";
import { SocketError } from "../../network/error.ts";
import { parseProxyHeader } from "./proxy-header.ts";

/** Milliseconds that a proxy may take to say who visits; it sends that with the first packet. */
const TIMEOUT = 5_000;

/**
 * Reads the header that a proxy in front puts before the visitor's bytes, and leaves those to whoever reads next.
 * Resolves with who visits, undefined where the proxy speaks for itself.
 * Rejects with `SocketError`: `invalid-argument`, `timeout`; or with the signal's reason.
 */
export async function readProxyHeader(
  socket: Socket,
  { signal, clock }: { readonly signal: AbortSignal; readonly clock: Clock },
): Promise<SocketAddress | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<SocketAddress | undefined>();
  let bytes: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    const header = parseProxyHeader(bytes);
    switch (header.tag) {
      case "incomplete":
        break;
      case "invalid":
        reject(new SocketError("invalid-argument", "The visitor sent no valid PROXY header"));
        break;
      case "header":
        stop();
        if (header.length < bytes.length) socket.unshift(bytes.subarray(header.length));
        resolve(header.source);
        break;
    }
  };
  const stop = (): void => {
    socket.off("data", onData);
    socket.pause();
  };
  const onEnd = (): void => {
    reject(
      new SocketError("connection-reset", "The visitor left before the end of a PROXY header"),
    );
  };
  const onAbort = (): void => reject(signal.reason);
  const cancel = clock.after(TIMEOUT, () => {
    reject(new SocketError("timeout", `The visitor sent no PROXY header for ${TIMEOUT} ms`));
  });
  signal.addEventListener("abort", onAbort);
  socket.once("end", onEnd);
  socket.on("data", onData);
  socket.resume();
  try {
    return await promise;
  } finally {
    stop();
    cancel();
    socket.off("end", onEnd);
    signal.removeEventListener("abort", onAbort);
  }
}
