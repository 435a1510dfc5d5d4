import { BACKLOG_MAX, type TcpOptions } from "../../network/network.ts";
import { BUFFER_SIZE_DEFAULT, BUFFER_SIZE_MAX } from "../../network/tcp-options.ts";
import { checkBool, checkUnsigned } from "../check-argument.ts";
import { clampOption } from "./clamp-option.ts";

/**
 * The options of one `tcp-socket`, in the units of WIT: times in nanoseconds, sizes in bytes.
 * WIT of each of them: "If the provided value is 0, an `invalid-argument` error is returned.
 * Any other value will never cause an error, but it might be silently clamped and/or rounded."
 * What is out of range is clamped to the nearest value that is in range, and reading gives back what is in force.
 */
export class TcpSettings {
  #keepAliveEnabled = false;
  #keepAliveIdleTime = 7200n * SECOND; // RFC 9293 §3.8.4: "MUST default to no less than two hours".
  #keepAliveInterval = 75n * SECOND; // Linux's tcp_keepalive_intvl.
  #keepAliveCount = 9; // Linux's tcp_keepalive_probes.
  #hopLimit = 64; // RFC 1340, IP parameters: the recommended default TTL.
  #receiveBufferSize = BigInt(BUFFER_SIZE_DEFAULT);
  #sendBufferSize = BigInt(BUFFER_SIZE_DEFAULT);
  #listenBacklogSize = 128; // Rust's standard library.

  get keepAliveEnabled(): boolean {
    return this.#keepAliveEnabled;
  }
  set keepAliveEnabled(value: boolean) {
    this.#keepAliveEnabled = checkBool(value);
  }

  get keepAliveIdleTime(): bigint {
    return this.#keepAliveIdleTime;
  }
  set keepAliveIdleTime(value: bigint) {
    this.#keepAliveIdleTime = clampOption("keep-alive-idle-time", value, SECOND, KEEP_ALIVE_MAX);
  }

  get keepAliveInterval(): bigint {
    return this.#keepAliveInterval;
  }
  set keepAliveInterval(value: bigint) {
    this.#keepAliveInterval = clampOption("keep-alive-interval", value, SECOND, KEEP_ALIVE_MAX);
  }

  get keepAliveCount(): number {
    return this.#keepAliveCount;
  }
  set keepAliveCount(value: number) {
    this.#keepAliveCount = Number(
      clampOption("keep-alive-count", BigInt(checkUnsigned(value, 32)), 1n, 127n),
    );
  }

  get hopLimit(): number {
    return this.#hopLimit;
  }
  set hopLimit(value: number) {
    // WIT: "The TTL value must be 1 or higher."
    this.#hopLimit = Number(clampOption("hop-limit", BigInt(checkUnsigned(value, 8)), 1n, 255n));
  }

  get receiveBufferSize(): bigint {
    return this.#receiveBufferSize;
  }
  set receiveBufferSize(value: bigint) {
    this.#receiveBufferSize = clampOption("receive-buffer-size", value, BUFFER_MIN, BUFFER_MAX);
  }

  get sendBufferSize(): bigint {
    return this.#sendBufferSize;
  }
  set sendBufferSize(value: bigint) {
    this.#sendBufferSize = clampOption("send-buffer-size", value, BUFFER_MIN, BUFFER_MAX);
  }

  /** Connections that may wait for `accept`; WIT has no way to read it. */
  get listenBacklogSize(): number {
    return this.#listenBacklogSize;
  }
  setListenBacklogSize(value: bigint): void {
    this.#listenBacklogSize = Number(
      clampOption("listen-backlog-size", value, 1n, BigInt(BACKLOG_MAX)),
    );
  }

  /** What an accepted socket starts with: the same values, free to differ from then on. */
  clone(): TcpSettings {
    const copy = new TcpSettings();
    copy.#keepAliveEnabled = this.#keepAliveEnabled;
    copy.#keepAliveIdleTime = this.#keepAliveIdleTime;
    copy.#keepAliveInterval = this.#keepAliveInterval;
    copy.#keepAliveCount = this.#keepAliveCount;
    copy.#hopLimit = this.#hopLimit;
    copy.#receiveBufferSize = this.#receiveBufferSize;
    copy.#sendBufferSize = this.#sendBufferSize;
    return copy;
  }

  /** The part of the options that a network can honour. */
  toTcpOptions(): TcpOptions {
    return {
      keepAlive: this.#keepAliveEnabled,
      keepAliveIdle: Number(this.#keepAliveIdleTime / MILLISECOND),
      receiveBufferSize: Number(this.#receiveBufferSize),
      sendBufferSize: Number(this.#sendBufferSize),
    };
  }
}

const MILLISECOND = 1_000_000n;
const SECOND = 1_000_000_000n;
const KEEP_ALIVE_MAX = 32_767n * SECOND; // Linux's MAX_TCP_KEEPIDLE and MAX_TCP_KEEPINTVL.
const BUFFER_MIN = 1024n; // Less would make a call out of every few bytes.
const BUFFER_MAX = BigInt(BUFFER_SIZE_MAX);
