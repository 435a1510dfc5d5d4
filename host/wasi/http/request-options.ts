import { checkOptionalU64 } from "../check-argument.ts";
import { Resource } from "../resource.ts";
import type { Timeouts } from "./client/client-exchange.ts";

/** `wasi:http/types.request-options`: durations in nanoseconds, none for the host's default. */
export class RequestOptions extends Resource {
  #connectTimeout: bigint | undefined;
  #firstByteTimeout: bigint | undefined;
  #betweenBytesTimeout: bigint | undefined;

  connectTimeout(): bigint | undefined {
    return this.#connectTimeout;
  }

  setConnectTimeout(duration: bigint | undefined): void {
    this.#connectTimeout = checkOptionalU64(duration);
  }

  firstByteTimeout(): bigint | undefined {
    return this.#firstByteTimeout;
  }

  setFirstByteTimeout(duration: bigint | undefined): void {
    this.#firstByteTimeout = checkOptionalU64(duration);
  }

  betweenBytesTimeout(): bigint | undefined {
    return this.#betweenBytesTimeout;
  }

  setBetweenBytesTimeout(duration: bigint | undefined): void {
    this.#betweenBytesTimeout = checkOptionalU64(duration);
  }
}

/** Milliseconds that a guest waits that asks for no timeouts, as for wasmCloud. */
const TIMEOUT_DEFAULT = 600_000;
/** The longest that Node's timers wait. */
const TIMEOUT_MAX = 2 ** 31 - 1;
const MILLISECOND = 1_000_000n;

/** What the host waits for, in milliseconds; a part of one is a whole one. */
export function timeoutsOf(options: RequestOptions | undefined): Timeouts {
  return {
    connect: toMilliseconds(options?.connectTimeout()),
    firstByte: toMilliseconds(options?.firstByteTimeout()),
    betweenBytes: toMilliseconds(options?.betweenBytesTimeout()),
  };
}

function toMilliseconds(duration: bigint | undefined): number {
  if (duration === undefined) return TIMEOUT_DEFAULT;
  const milliseconds = (duration + MILLISECOND - 1n) / MILLISECOND;
  return Math.min(Math.max(Number(milliseconds), 1), TIMEOUT_MAX);
}
