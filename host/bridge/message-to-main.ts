import type { DecisionEntry } from "../../policy/decision-log.ts";
import type { ResponseHead } from "../wasi/http/message.ts";
import type { AddressMessage } from "./address-message.ts";
import type { CallErrorCode } from "./error.ts";
import type { Failure } from "./failure.ts";
import type { FlowMessage } from "./message-to-cell.ts";
import type { BodyMessage, StreamMessage } from "./stream-message.ts";

/** Bytes of log lines that a cell may have under way before the main thread has handled them. */
export const LOG_WINDOW: number = 64 * 1024;

/** One line that a guest printed, without its line feed. */
export interface LogLine {
  readonly guest: string;
  readonly stream: "stdout" | "stderr";
  readonly line: string;
}

/** How a run of the service ended. */
export type ServiceOutcome =
  /** `run` returned ok, or the guest exited with success. */
  | { readonly tag: "completed" }
  /** `run` returned an error, or the guest exited with a failure. */
  | { readonly tag: "failed"; readonly reason: string }
  /** The instance trapped or could not be made; its message. */
  | { readonly tag: "trapped"; readonly reason: string };

/** A decision that was made `count` times since the cell last told of it. */
export interface CountedDecision {
  readonly entry: DecisionEntry;
  readonly count: number;
}

/** Everything that a cell says to the main thread. */
export type MessageToMain =
  /** Components are loaded; the cell takes requests and starts of its service. */
  | { readonly tag: "ready" }
  | {
      readonly tag: "http-response";
      readonly id: number;
      readonly head: ResponseHead;
      readonly body: BodyMessage | undefined;
    }
  | {
      readonly tag: "http-failure";
      readonly id: number;
      readonly code: CallErrorCode;
      readonly guest: string;
      readonly reason: string;
    }
  /** A port of the workload's own network that somebody listens on or bound for UDP, or gave up. */
  | {
      readonly tag: "port";
      readonly protocol: "tcp" | "udp";
      readonly port: number;
      readonly open: boolean;
    }
  /** Both streams of the connection are open; `local` is the address inside that took it. */
  | { readonly tag: "tcp-connected"; readonly id: number; readonly local: AddressMessage }
  | { readonly tag: "tcp-failed"; readonly id: number; readonly failure: Failure }
  /** The flow has ended, or could not be opened because of `failure`; nothing more is said of it. */
  | { readonly tag: "flow-closed"; readonly id: number; readonly failure?: Failure | undefined }
  | FlowMessage
  | { readonly tag: "service-started"; readonly run: number }
  /** A port of the workload's own network that the service opened or gave up, as `address:port`. */
  | { readonly tag: "service-listening"; readonly run: number; readonly address: string }
  | { readonly tag: "service-closed"; readonly run: number; readonly address: string }
  | { readonly tag: "service-exit"; readonly run: number; readonly outcome: ServiceOutcome }
  | {
      readonly tag: "log";
      readonly lines: readonly LogLine[];
      /** What the lines count against `LOG_WINDOW`. */
      readonly bytes: number;
    }
  /** V8's code cache for the glue of a component that had none. */
  | { readonly tag: "cached-data"; readonly digest: string; readonly data: Uint8Array }
  /** What policy denied, and what it let out of the workload. */
  | { readonly tag: "decisions"; readonly decisions: readonly CountedDecision[] }
  | { readonly tag: "stopped" }
  | StreamMessage;
