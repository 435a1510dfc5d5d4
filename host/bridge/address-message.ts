import { SocketAddress } from "node:net";
import { LinkError } from "./error.ts";

/** A socket address as it crosses a link. */
export interface AddressMessage {
  readonly address: string;
  readonly family: "ipv4" | "ipv6";
  readonly port: number;
}

export function toAddressMessage({ address, family, port }: SocketAddress): AddressMessage {
  return { address, family, port };
}

/** Throws `LinkError` for what is no address. */
export function fromAddressMessage(message: AddressMessage): SocketAddress {
  try {
    const { address, family, port } = message;
    return new SocketAddress({ address, family, port });
  } catch (error) {
    throw new LinkError("protocol-violation", "The other end sent an invalid address", {
      cause: error,
    });
  }
}

/** Throws `LinkError` for what is no port that can be listened on. */
export function checkPort(port: number): number {
  if (Number.isInteger(port) && port > 0 && port <= 65_535) return port;
  throw new LinkError("protocol-violation", "The other end sent an invalid port");
}
