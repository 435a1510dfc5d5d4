import type { RequestHead } from "../wasi/http/message.ts";
import type { OwnPorts } from "../wasi/egress/machine.ts";
import type { AddressMessage } from "./address-message.ts";
import type { BodyMessage, StreamMessage } from "./stream-message.ts";

/** What both ends say of flows of datagrams. */
export type FlowMessage =
  | { readonly tag: "flow-data"; readonly id: number; readonly bytes: Uint8Array }
  /** Datagrams that count this much were handled, whatever their flow. */
  | { readonly tag: "flow-credit"; readonly cost: number };

/** Everything that the main thread says to a cell. */
export type MessageToCell =
  | {
      readonly tag: "http-request";
      /** Counted up from 1; the answer and the streams of both bodies carry it too. */
      readonly id: number;
      /** The component that is to answer, by name. */
      readonly target: string;
      readonly head: RequestHead;
      readonly body: BodyMessage | undefined;
    }
  /** The client is gone: nobody wants an answer. The cell still sends its one final message. */
  | { readonly tag: "http-cancel"; readonly id: number }
  /** A visitor connects to whatever listens on `port`; `tcp-connected` or `tcp-failed` answers, exactly one of them. */
  | {
      readonly tag: "tcp-connect";
      /** Counted up together with the IDs of requests. Both streams of the connection carry it. */
      readonly id: number;
      readonly port: number;
      readonly visitor: AddressMessage;
    }
  /** The visitor gave up. */
  | { readonly tag: "tcp-cancel"; readonly id: number }
  /** A visitor begins to exchange datagrams with whoever has `port`. */
  | {
      readonly tag: "flow-open";
      readonly id: number;
      readonly port: number;
      readonly visitor: AddressMessage;
    }
  /** The visitor is gone; nothing more is said of the flow. */
  | { readonly tag: "flow-close"; readonly id: number }
  | FlowMessage
  /** Start a fresh instance of the service. `run` tells its messages from those of earlier ones. */
  | { readonly tag: "service-start"; readonly run: number }
  /** This many bytes of log lines were handled; the cell may send as many again. */
  | { readonly tag: "log-credit"; readonly bytes: number }
  /** The ports of the machine that the host itself has, all of them; the first of these comes before any guest starts. */
  | { readonly tag: "own-ports"; readonly ports: OwnPorts }
  /** End everything in order and answer `stopped`. */
  | { readonly tag: "stop" }
  | StreamMessage;
