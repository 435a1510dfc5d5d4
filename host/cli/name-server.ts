import { Resolver } from "node:dns";

/** Whether node:dns takes it for a name server: an IP address, with or without a port. */
export function isNameServer(text: string): boolean {
  try {
    new Resolver().setServers([text]);
    return true;
  } catch {
    return false;
  }
}
