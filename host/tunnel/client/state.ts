import type { TunnelErrorCode } from "../error.ts";

/** Where a tunnel stands. Times are milliseconds since the epoch. */
export type TunnelState =
  /** It was stopped, or it expired; it does not come back by itself. */
  | { readonly tag: "disconnected"; readonly since: number; readonly reason: string }
  /** The first attempt runs. */
  | { readonly tag: "connecting"; readonly since: number }
  | {
      readonly tag: "connected";
      readonly since: number;
      readonly publicPort: number;
      readonly publicUrl: string;
    }
  /** It has no connection and goes on trying. */
  | {
      readonly tag: "reconnecting";
      readonly since: number;
      readonly failure: TunnelFailure;
      /** The attempt that runs or comes next, from 1. */
      readonly attempt: number;
      /** When that begins; undefined while it runs. */
      readonly nextAttemptAt: number | undefined;
    }
  /** It cannot connect until a setting is changed. */
  | { readonly tag: "failed"; readonly since: number; readonly failure: TunnelFailure };

/** Why there is no connection: a sentence, and the next step where one is known. */
interface TunnelFailure {
  readonly code: TunnelErrorCode;
  readonly reason: string;
  readonly hint: string | undefined;
}

/** What wasmrun calls the states; a tunnel that does not exist is `Not started`. */
export type SeedStatus =
  | "Not started"
  | "Disconnected"
  | "Connecting"
  | "Connected"
  | "Reconnecting"
  | "Failed";

export function toSeedStatus(state: TunnelState | undefined): SeedStatus {
  if (state === undefined) return "Not started";
  switch (state.tag) {
    case "disconnected":
      return "Disconnected";
    case "connecting":
      return "Connecting";
    case "connected":
      return "Connected";
    case "reconnecting":
      return "Reconnecting";
    case "failed":
      return "Failed";
  }
}
