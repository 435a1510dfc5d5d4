import { createWriteStream } from "node:fs";
import type { Command } from "commander";
import type { AccessRecord } from "../ingress/http/access-log.ts";
import type { CertificateFiles, TlsOptions } from "../ingress/http/tls-options.ts";
import { TrustedProxies } from "../ingress/http/trusted-proxies.ts";
import { parseListenAddress } from "../ingress/listen-address.ts";
import type { IngressSettings } from "../open-ingress.ts";
import { collect } from "./collect.ts";
import { UsageError } from "./usage-error.ts";

/** What a person can say about the ways in by HTTP. */
export interface IngressFlags {
  readonly https?: string | undefined;
  readonly tlsCert: readonly string[];
  readonly tlsKey: readonly string[];
  readonly tlsClientCa?: string | undefined;
  readonly trustProxy: readonly string[];
  readonly accessLog?: string | undefined;
}

/** Adds the options about the ways in by HTTP. */
export function addIngressFlags(command: Command): Command {
  return command
    .option("--https <address>", "where HTTPS requests come in, by HTTP/2 and HTTP/1.1")
    .option(
      "--tls-cert <file>",
      "certificate chain (PEM) for the names in it; repeatable",
      collect,
      [],
    )
    .option(
      "--tls-key <file>",
      "key (PEM) of the certificate at the same place; repeatable",
      collect,
      [],
    )
    .option(
      "--tls-client-ca <file>",
      "authorities (PEM) whose certificates HTTPS clients must show",
    )
    .option(
      "--trust-proxy <range>",
      "address or CIDR range of proxies whose X-Forwarded-* is taken; repeatable",
      collect,
      [],
    )
    .option("--access-log <file>", "append a line of JSON for each request; - is standard output");
}

/** What the flags say, checked. Throws `UsageError`. */
export function toIngressSettings(flags: IngressFlags): IngressSettings {
  try {
    // Only to hear whether they are ranges.
    void new TrustedProxies(flags.trustProxy);
  } catch (error) {
    throw new UsageError(`--trust-proxy ${error instanceof Error ? error.message : String(error)}`);
  }
  return {
    https: toHttps(flags),
    trustedProxies: flags.trustProxy,
    onAccess: flags.accessLog === undefined ? undefined : openAccessLog(flags.accessLog),
  };
}

function toHttps(flags: IngressFlags): IngressSettings["https"] {
  const { https, tlsCert, tlsKey, tlsClientCa } = flags;
  if (https === undefined) {
    if (tlsCert.length + tlsKey.length === 0 && tlsClientCa === undefined) return undefined;
    throw new UsageError(
      "--tls-cert, --tls-key and --tls-client-ca need --https. Try --https 8443",
    );
  }
  const address = parseListenAddress(https);
  if (address === undefined) {
    throw new UsageError(
      `--https ${https} is no address. Try --https 127.0.0.1:8443, or --https 8443`,
    );
  }
  if (tlsCert.length !== tlsKey.length) {
    throw new UsageError(
      `There are ${tlsCert.length} --tls-cert and ${tlsKey.length} --tls-key: each certificate needs its key`,
    );
  }
  const [first, ...rest] = tlsCert.map((certFile, index): CertificateFiles => ({
    hosts: [],
    certFile,
    keyFile: tlsKey[index] ?? "",
  }));
  if (first === undefined) throw new UsageError("--https needs --tls-cert and --tls-key");
  const tls: TlsOptions = { certificates: [first, ...rest], clientCaFile: tlsClientCa };
  return { address, tls };
}

function openAccessLog(path: string): (record: AccessRecord) => void {
  const stream = path === "-" ? process.stdout : createWriteStream(path, { flags: "a" });
  if (path !== "-") {
    stream.on("error", (error) => {
      process.stderr.write(`Cannot write the access log ${path}: ${error.message}\n`);
    });
  }
  return (record) => {
    // Whoever does not read it as fast as requests come must not fill the memory.
    if (stream.writable && stream.writableLength < BACKLOG_MAX)
      stream.write(`${JSON.stringify(record)}\n`);
  };
}

/** Bytes of the access log that may wait to be written; what comes then is left out. */
const BACKLOG_MAX = 16 * 1024 * 1024;
