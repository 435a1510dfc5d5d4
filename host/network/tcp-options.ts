import type { TcpOptions } from "./network.ts";

/** Bytes that a socket buffers in each direction unless it asks for another size. */
export const BUFFER_SIZE_DEFAULT: number = 64 * 1024;

/** The smallest buffer; a direction without any could never move a byte. */
const BUFFER_SIZE_MIN = 1;

/** The largest buffer that a socket gets, whatever it asks for; Linux caps `tcp_rmem` in the same region. */
export const BUFFER_SIZE_MAX: number = 8 * 1024 * 1024;

/** What a socket starts with. The idle time is `TCP_KEEPIDLE` of Linux, two hours (RFC 1122 §4.2.3.6). */
export const TCP_OPTIONS_DEFAULT: TcpOptions = Object.freeze({
  keepAlive: false,
  keepAliveIdle: 7_200_000,
  receiveBufferSize: BUFFER_SIZE_DEFAULT,
  sendBufferSize: BUFFER_SIZE_DEFAULT,
});

/** The size that a socket gets when it asks for `size` bytes; NaN gets the smallest. */
export function clampBufferSize(size: number): number {
  if (!(size >= BUFFER_SIZE_MIN)) return BUFFER_SIZE_MIN;
  return size > BUFFER_SIZE_MAX ? BUFFER_SIZE_MAX : Math.floor(size);
}
