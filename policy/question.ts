import type { SocketAddress } from "node:net";
import type { RequestTarget } from "./decide-request.ts";
import type { SocketUse } from "./policy.ts";

/** What a person can ask the policy about. */
export type Question =
  | { readonly use: SocketUse; readonly address: SocketAddress }
  /** To look a name up and connect or send to what it resolves to. */
  | { readonly use: "tcp-connect" | "udp-send"; readonly name: string; readonly port: number }
  | { readonly use: "lookup"; readonly name: string }
  | { readonly use: "http"; readonly target: RequestTarget };
