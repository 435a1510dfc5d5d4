import type { AddressInfo, Server } from "node:net";
import { formatListenAddress, type ListenAddress } from "./listen-address.ts";

/** An address that cannot be listened on; the message says why and what to try. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly address: ListenAddress;

  constructor(address: ListenAddress, reason: string, options?: ErrorOptions) {
    super(`Cannot listen on ${formatListenAddress(address)}: ${reason}`, options);
    this.address = address;
  }
}

/** Makes `server` listen; it is bound and kept, never tried beforehand. */
export function listen(server: Server, address: ListenAddress): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(new ListenError(address, reasonOf(error, address), { cause: error }));
    });
    server.listen({ host: address.host, port: address.port }, () => {
      server.removeAllListeners("error");
      const bound = server.address();
      if (bound === null || typeof bound === "string") {
        reject(new ListenError(address, "it is no TCP address"));
      } else {
        resolve(bound);
      }
    });
  });
}

function reasonOf(error: NodeJS.ErrnoException, { port }: ListenAddress): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `another program holds the port. Try port ${port + 1}, or 0 for any free one`;
    case "EACCES":
      return `ports below 1024 need more rights than this user has. Try port ${port + 8000}`;
    case "EADDRNOTAVAIL":
      return "this machine has no such address";
    case undefined:
    default:
      return error.message;
  }
}
