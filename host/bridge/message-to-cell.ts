import type { RequestHead } from "../wasi/http/message.ts";
import type { OwnPorts } from "../wasi/egress/machine.ts";
import type { BodyMessage, StreamMessage } from "./stream-message.ts";

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
  /** Start a fresh instance of the service. `run` tells its messages from those of earlier ones. */
  | { readonly tag: "service-start"; readonly run: number }
  /** This many bytes of log lines were handled; the cell may send as many again. */
  | { readonly tag: "log-credit"; readonly bytes: number }
  /** The ports of the machine that the host itself has, all of them; the first of these comes before any guest starts. */
  | { readonly tag: "own-ports"; readonly ports: OwnPorts }
  /** End everything in order and answer `stopped`. */
  | { readonly tag: "stop" }
  | StreamMessage;
