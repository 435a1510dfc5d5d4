import type { ServerAddress } from "./client/server-address.ts";

/**
 * What somebody who opens a tunnel for the first time should know: who can read along, and who can come in.
 * `isClosed` says that visitors are checked.
 */
export function trafficNotice(server: ServerAddress, isClosed: boolean): string {
  const { host } = server;
  const readers =
    server.scheme === "islets"
      ? `Traffic is encrypted between here and ${host} only: whoever runs ${host}, and whoever is on the way between it and a visitor, can read and change it`
      : `Traffic is not encrypted: whoever runs ${host}, and whoever is on the way to it or to a visitor, can read and change it`;
  const visitors = isClosed
    ? "Visitors are checked here, before a byte of theirs reaches the workload"
    : "Everybody who finds the public port can connect";
  return `${readers}. ${visitors}`;
}
