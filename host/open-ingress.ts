import type { AddressInfo } from "node:net";
import type { AccessRecord } from "./ingress/http/access-log.ts";
import { startHttpIngress } from "./ingress/http/ingress.ts";
import type { HttpLimits } from "./ingress/http/limits.ts";
import type { RouteTable } from "./ingress/http/route-table.ts";
import type { TlsOptions } from "./ingress/http/tls-options.ts";
import type { ListenAddress } from "./ingress/listen-address.ts";

/** What holds for all HTTP that comes in, besides where. */
export interface IngressSettings {
  /** Where HTTPS requests come in; nowhere without it. */
  readonly https?: { readonly address: ListenAddress; readonly tls: TlsOptions } | undefined;
  readonly limits?: Partial<HttpLimits> | undefined;
  /** Addresses and CIDR ranges of proxies whose word about their clients is taken. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Told of each request when it is over. */
  readonly onAccess?: ((record: AccessRecord) => void) | undefined;
}

/** The addresses that HTTP comes in by. */
export interface OpenIngress extends AsyncDisposable {
  readonly http: AddressInfo;
  readonly https: AddressInfo | undefined;
}

/** Opens the ingress in the clear, and the one for TLS where there is one. Rejects with `ListenError` or `CertificateError`. */
export async function openIngress(
  address: ListenAddress,
  routes: RouteTable,
  settings: IngressSettings & { readonly warn: (message: string) => void },
): Promise<OpenIngress> {
  const { https, limits, trustedProxies, onAccess, warn } = settings;
  await using stack = new AsyncDisposableStack();
  const options = {
    routes,
    limits,
    trustedProxies,
    onAccess,
    onNotice: warn,
    onError: (error: unknown) => warn(`A request failed in the host: ${String(error)}`),
  };
  const plain = stack.use(await startHttpIngress({ ...options, address }));
  const secure =
    https &&
    stack.use(await startHttpIngress({ ...options, address: https.address, tls: https.tls }));
  const owned = stack.move();
  return {
    http: plain.address,
    https: secure?.address,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
