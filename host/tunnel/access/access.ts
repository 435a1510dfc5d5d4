import type { SocketAddress, BlockList } from "node:net";
import type { Secret } from "../secret.ts";
import type { LinkKey } from "./signed-link.ts";

/** Who may come in through a tunnel; without any of these, everybody who finds its port. */
export interface Access {
  /** HTTP only: whoever gives this name and password. */
  readonly basic?: BasicCredentials | undefined;
  /** HTTP only: whoever followed a signed link. With `basic` too, either is enough. */
  readonly link?: LinkKey | undefined;
  /** Addresses that visitors may come from. It takes a server that tells them; where they are unknown, nobody comes in. */
  readonly from?: BlockList | undefined;
}

export interface BasicCredentials {
  readonly username: string;
  readonly password: Secret;
}

/** Whether visitors have to be looked at as HTTP requests. */
export function needsHttp({ basic, link }: Access): boolean {
  return basic !== undefined || link !== undefined;
}

/** Whether a visitor may come from `from`. */
export function admitsAddress(access: Access, from: SocketAddress | undefined): boolean {
  if (access.from === undefined) return true;
  return from !== undefined && access.from.check(from);
}
