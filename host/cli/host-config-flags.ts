import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { TrustedProxies } from "../ingress/http/trusted-proxies.ts";
import { parseForward } from "../ingress/forward/forward-spec.ts";
import { parseListenAddress } from "../ingress/listen-address.ts";
import type { HostConfig } from "../manifest/host-config.ts";
import type { TextCheck } from "../manifest/host-config-file.ts";
import { isHostName } from "./firecase-flags.ts";
import { parseServerAddress } from "../tunnel/client/server-address.ts";
import { parseSocketPath } from "./host-address.ts";
import { hasCertificate } from "./certificate.ts";
import { isNameServer } from "./name-server.ts";
import { isLoopback } from "./serve-api.ts";

/** An option of the command line, and what says the same in a host's configuration. */
export interface ConfiguredFlag {
  /** `--http`. */
  readonly flag: string;
  /** `http.address`. */
  readonly key: string;
  /** What the option would have been given; undefined where the file says nothing of it. */
  readonly value: (config: HostConfig) => string | boolean | readonly string[] | undefined;
}

/** All options that can be configured. Where two are about one thing, the later one wins. */
export const CONFIGURED_FLAGS: readonly ConfiguredFlag[] = [
  { flag: "--http", key: "http.address", value: ({ http }) => http.address },
  { flag: "--trust-proxy", key: "http.trustedProxies", value: ({ http }) => http.trustedProxies },
  { flag: "--access-log", key: "http.accessLog", value: ({ http }) => http.accessLog },
  { flag: "--https", key: "https.address", value: ({ https }) => https?.address },
  {
    flag: "--tls-cert",
    key: "https.certificates[].cert",
    value: ({ https }) => https?.certificates.map(({ cert }) => cert),
  },
  {
    flag: "--tls-key",
    key: "https.certificates[].key",
    value: ({ https }) => https?.certificates.map(({ key }) => key),
  },
  { flag: "--tls-client-ca", key: "https.clientCa", value: ({ https }) => https?.clientCa },
  { flag: "--api", key: "api.address", value: ({ api }) => api.address },
  {
    flag: "--no-api",
    key: "api.enabled",
    value: ({ api }) => (api.enabled === false ? false : undefined),
  },
  { flag: "--socket", key: "api.socket", value: ({ api }) => api.socket },
  { flag: "--api-token-file", key: "api.tokenFile", value: ({ api }) => api.tokenFile },
  {
    flag: "--api-admin-token-file",
    key: "api.adminTokenFile",
    value: ({ api }) => api.adminTokenFile,
  },
  { flag: "--allow-remote-api", key: "api.allowRemote", value: ({ api }) => api.allowRemote },
  {
    flag: "--forward-hostname",
    key: "firecase.hostname",
    value: ({ firecase }) => firecase.hostname,
  },
  { flag: "--forward-address", key: "firecase.address", value: ({ firecase }) => firecase.address },
  {
    flag: "--max-forwarded-ports",
    key: "firecase.max_forwarded_ports",
    value: ({ firecase }) => firecase.maxForwardedPorts?.toString(),
  },
  {
    flag: "--allow-host-loopback",
    key: "egress.allowHostLoopback",
    value: ({ egress }) => egress.allowHostLoopback,
  },
  {
    flag: "--deny-private-ranges",
    key: "egress.denyPrivateRanges",
    value: ({ egress }) => egress.denyPrivateRanges,
  },
  { flag: "--resolver", key: "egress.resolver", value: ({ egress }) => egress.resolver },
  {
    flag: "--http-client-ca-path",
    key: "egress.httpClientCa",
    value: ({ egress }) => egress.httpClientCa,
  },
  { flag: "--log-dir", key: "logs.directory", value: ({ logs }) => logs.directory },
];

/** Options that only make sense together: one of them on the command line takes the place of both in the file. */
export const PAIRED_FLAGS: readonly string[] = ["--tls-cert", "--tls-key"];

/** What the texts of a configuration have to be, where the command line may permit a remote API. */
export function configChecks(allowRemoteApi: boolean): Readonly<Record<string, TextCheck>> {
  return {
    "http.address": checkAddress,
    "http.trustedProxies": (text) =>
      succeeds(() => new TrustedProxies([text]))
        ? undefined
        : `must be an address or a range such as 10.0.0.0/8, ${not(text)}`,
    "https.address": checkAddress,
    "api.address": (text, { api }) => {
      const address = parseListenAddress(text);
      if (address === undefined) return checkAddress(text);
      if (allowRemoteApi || api.allowRemote === true || isLoopback(address.host)) return undefined;
      return "would let other machines control this host, in clear text. If that is meant, set api.allowRemote";
    },
    "api.socket": (text) =>
      succeeds(() => parseSocketPath(text, "/", ""))
        ? undefined
        : `must be a name, or a path such as ./islet.sock, ${not(text)}`,
    "firecase.hostname": (text) =>
      isHostName(text) ? undefined : `must be a name such as compute-1.example.com, ${not(text)}`,
    "firecase.address": (text) =>
      isIP(text) > 0 ? undefined : `must be an IP address such as 0.0.0.0, ${not(text)}`,
    forwards: (text) => {
      try {
        parseForward(text);
        return undefined;
      } catch (error) {
        return error instanceof Error ? `${error.message}. Try "8080:3000"` : String(error);
      }
    },
    "tunnel.server": (text) =>
      succeeds(() => parseServerAddress(text))
        ? undefined
        : `must be HOST, HOST:PORT, islet://HOST or islets://HOST, ${not(text)}`,
    "egress.httpClientCa": (text, { egress }) =>
      holdsCertificate(egress.httpClientCa)
        ? undefined
        : `must be a file with certificates in PEM, ${not(text)}`,
    "egress.resolver": (text) =>
      isNameServer(text) ? undefined : `must be an address such as 127.0.0.1:53, ${not(text)}`,
  };
}

function checkAddress(text: string): string | undefined {
  if (parseListenAddress(text) !== undefined) return undefined;
  return `must be an address such as 127.0.0.1:8000, or a port such as "8000", ${not(text)}`;
}

/** Also true of what cannot be read, of which the reader of the file tells. */
function holdsCertificate(path: string | undefined): boolean {
  try {
    return path === undefined || hasCertificate(readFileSync(path, "utf8"));
  } catch {
    return true;
  }
}

function not(text: string): string {
  const quoted = JSON.stringify(text);
  return quoted.length > QUOTED_MAX ? "which this is not" : `not ${quoted}`;
}

/** More would fill the line. */
const QUOTED_MAX = 60;

function succeeds(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
