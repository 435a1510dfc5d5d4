import { BUFFER_SIZE_MAX } from "../../network/tcp-options.ts";
import type { UdpOptions } from "../../network/udp.ts";
import { UDP_OPTIONS_DEFAULT } from "../../network/udp-options.ts";
import { checkUnsigned } from "../check-argument.ts";
import { clampOption } from "./clamp-option.ts";

/**
 * The options of one `udp-socket`. WIT of each of them: "If the provided value is 0, an `invalid-argument` error is
 * returned." What is out of range is clamped to the nearest value that is in range, and reading gives back what is in force.
 */
export class UdpSettings {
  #hopLimit = UDP_OPTIONS_DEFAULT.hopLimit;
  #receiveBufferSize = BigInt(UDP_OPTIONS_DEFAULT.receiveBufferSize);
  #sendBufferSize = BigInt(UDP_OPTIONS_DEFAULT.sendBufferSize);

  get hopLimit(): number {
    return this.#hopLimit;
  }
  set hopLimit(value: number) {
    // WIT: "The TTL value must be 1 or higher."
    this.#hopLimit = Number(
      clampOption("unicast-hop-limit", BigInt(checkUnsigned(value, 8)), 1n, 255n),
    );
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

  /** The options as a network takes them. */
  toUdpOptions(): UdpOptions {
    return {
      hopLimit: this.#hopLimit,
      receiveBufferSize: Number(this.#receiveBufferSize),
      sendBufferSize: Number(this.#sendBufferSize),
    };
  }
}

const BUFFER_MIN = 1024n; // As for TCP.
const BUFFER_MAX = BigInt(BUFFER_SIZE_MAX);
