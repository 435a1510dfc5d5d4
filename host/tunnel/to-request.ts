import { readFile } from "node:fs/promises";
import { BlockList, isIP } from "node:net";
import type { TunnelDeclaration, TunnelSecret } from "../manifest/tunnel.ts";
import type { Access } from "./access/access.ts";
import { LinkKey } from "./access/signed-link.ts";
import type { TunnelRequest } from "./client/options.ts";
import { parseServerAddress, type ServerAddress } from "./client/server-address.ts";
import { Secret } from "./secret.ts";
import { readSecret, SecretError } from "./secret-source.ts";

/** A tunnel that cannot be: its server or an address is malformed, or a file cannot be read. The message is for its user. */
export class TunnelRequestError extends Error {
  override readonly name = "TunnelRequestError";
}

/** A tunnel whose server is settled. */
interface AddressedTunnel extends TunnelDeclaration {
  readonly to: string;
}

/** Reads what a declaration refers to. Rejects with `TunnelRequestError`. */
export async function toTunnelRequest(declaration: AddressedTunnel): Promise<TunnelRequest> {
  const { port, to, remotePort, secret, caFile, maxConnections, bandwidth, expires } = declaration;
  try {
    const server = parseServerAddress(to);
    const access = await toAccess(declaration, server);
    return {
      port,
      server,
      remotePort,
      secret: secret === undefined ? undefined : await read(secret),
      certificateAuthorities: caFile === undefined ? undefined : await readFile(caFile, "utf8"),
      access,
      maxConnections,
      bandwidth,
      expiresAfter: expires,
    };
  } catch (error) {
    if (error instanceof TunnelRequestError) throw error;
    const isKnown = error instanceof SyntaxError || error instanceof SecretError;
    const state = error instanceof Error ? error.message : String(error);
    const message = isKnown ? state : `Cannot start a tunnel: ${state}`;
    throw new TunnelRequestError(message, { cause: error });
  }
}

async function toAccess(
  { basic, link = false, from }: TunnelDeclaration,
  server: ServerAddress,
): Promise<Access> {
  if (from !== undefined && server.scheme === "bore") {
    throw new TunnelRequestError(
      "Cannot check where visitors come from: a bore server does not tell; use islet://",
    );
  }
  return {
    basic:
      basic === undefined
        ? undefined
        : { username: basic.username, password: await read(basic.password) },
    link: link ? new LinkKey() : undefined,
    from: from === undefined ? undefined : toRanges(from),
  };
}

async function read(secret: TunnelSecret): Promise<Secret> {
  if (secret.tag === "text") return new Secret(secret.text);
  return await readSecret(secret);
}

function toRanges(texts: readonly string[]): BlockList {
  const ranges = new BlockList();
  for (const text of texts) {
    const [address = "", prefix] = text.split("/", 2);
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    if (version === 0 || !Number.isInteger(length) || length < 0 || length > bits) {
      throw new TunnelRequestError(`Cannot use ${JSON.stringify(text)} as a range of addresses`);
    }
    ranges.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
  }
  return ranges;
}
