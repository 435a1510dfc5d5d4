import type { TunnelStatus } from "./status.ts";

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
