import { formatListenAddress } from "../../ingress/listen-address.ts";
import type { HostOperations } from "../../operations.ts";

/** Where a workload can be reached from outside. */
export interface EndpointResource {
  readonly protocol: "http" | "tcp" | "udp";
  /**
   * What to open. Names below `localhost` mean this machine in browsers; elsewhere the name of an HTTP endpoint
   * is the request's `Host`.
   */
  readonly url: string;
  /** Where the host listens: `address:port`, or `unix:` and a path. */
  readonly address: string;
}

/** The host names that lead to a workload, then its forwards. Throws `OperationError` where it is not there. */
export function toEndpoints(
  host: Pick<HostOperations, "get" | "http" | "forwards">,
  id: string,
): EndpointResource[] {
  const { http } = host;
  const address = formatListenAddress({ host: http.address, port: http.port });
  const { hosts = [], path = "/" } = host.get(id).workload.http ?? {};
  const routed = hosts.map((host): EndpointResource => {
    return { protocol: "http", url: `http://${host}:${http.port}${path}`, address };
  });
  const forwarded = host.forwards.list(id).flatMap(({ protocol, addresses }) =>
    addresses.map((address): EndpointResource => {
      const url = address.startsWith("unix:") ? address : `${protocol}://${address}`;
      return { protocol, url, address };
    }),
  );
  return [...routed, ...forwarded];
}
