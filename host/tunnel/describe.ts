import type { TunnelStatus } from "./status.ts";
import type { TunnelTableEvent } from "./tunnel-table.ts";

/** The state of a tunnel as a sentence, without the hint. */
export function describeState({ port, server, state }: TunnelStatus): string {
  const tunnel = `The tunnel of port ${port}`;
  switch (state.tag) {
    case "connecting":
      return `${tunnel} connects to ${server}`;
    case "connected":
      return `${tunnel} is ${state.publicUrl}`;
    case "reconnecting":
      return `${tunnel} has no connection: ${state.failure.reason}`;
    case "failed":
      return `${tunnel} failed: ${state.failure.reason}`;
    case "disconnected":
      return `${tunnel} ended: ${state.reason}`;
  }
}

/** What happened to a tunnel as a sentence, with the hint where there is one. */
export function describeEvent(event: TunnelTableEvent): string {
  switch (event.tag) {
    case "tunnel": {
      const { state } = event.tunnel;
      const hint = state.tag === "failed" ? state.failure.hint : undefined;
      return `${describeState(event.tunnel)}${hint === undefined ? "" : `. ${hint}`}`;
    }
    case "tunnel-url":
      return `The tunnel of port ${event.tunnel.port} is no longer ${event.previous}`;
    case "tunnel-warning":
      return event.message;
  }
}
