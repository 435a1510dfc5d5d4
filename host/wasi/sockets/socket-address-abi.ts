import type {
  IpSocketAddress,
  Ipv6Address,
} from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";

/** Bytes of an `ip-socket-address` in memory, which is aligned to four of them. */
export const SOCKET_ADDRESS_SIZE = 32;

/** Where the fields of each case begin. */
const PAYLOAD = 4;

/** Writes an `ip-socket-address` at `at`. */
export function writeSocketAddress(
  view: DataView,
  at: number,
  { tag, val }: IpSocketAddress,
): void {
  const payload = at + PAYLOAD;
  view.setUint8(at, tag === "ipv4" ? 0 : 1);
  view.setUint16(payload, val.port, true);
  if (tag === "ipv4") {
    for (const [index, octet] of val.address.entries()) view.setUint8(payload + 2 + index, octet);
    return;
  }
  view.setUint32(payload + 4, val.flowInfo, true);
  for (const [index, group] of val.address.entries()) {
    view.setUint16(payload + 8 + 2 * index, group, true);
  }
  view.setUint32(payload + 24, val.scopeId, true);
}

/** The `ip-socket-address` at `at`; an unknown case traps. */
export function readSocketAddress(view: DataView, at: number): IpSocketAddress {
  const payload = at + PAYLOAD;
  const tag = view.getUint8(at);
  const port = view.getUint16(payload, true);
  if (tag === 0) {
    const octet = (index: number): number => view.getUint8(payload + 2 + index);
    return { tag: "ipv4", val: { port, address: [octet(0), octet(1), octet(2), octet(3)] } };
  }
  if (tag !== 1) throw new RangeError(`Cannot lift an ip-socket-address: it has no case ${tag}`);
  const address: Ipv6Address = [0, 0, 0, 0, 0, 0, 0, 0];
  for (const index of address.keys())
    address[index] = view.getUint16(payload + 8 + 2 * index, true);
  const flowInfo = view.getUint32(payload + 4, true);
  const scopeId = view.getUint32(payload + 24, true);
  return { tag: "ipv6", val: { port, flowInfo, address, scopeId } };
}
