/**
 * The fast paths of `wasi:sockets/tcp.tcp-socket`, for what every connection goes through;
 * importing this module attaches them. Core signatures are the canonical ABI's flattening of the WIT functions.
 */
import type {
  IpSocketAddress,
  Ipv6Address,
} from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-network";
import { GuestMemory, type LowerOptions, lowerMethod } from "../cabi.ts";
import { Handles } from "../cabi-handle.ts";
import { InputStream } from "../io/input-stream.ts";
import { OutputStream } from "../io/output-stream.ts";
import { Pollable } from "../io/pollable.ts";
import { Network } from "./network.ts";
import { writeResult } from "./result-abi.ts";
import { TcpSocket } from "./tcp-socket.ts";

lowerMethod(TcpSocket, "accept", lowerAccept);
lowerMethod(TcpSocket, "startConnect", lowerStartConnect);
lowerMethod(TcpSocket, "finishConnect", lowerFinishConnect);
lowerMethod(TcpSocket, "subscribe", lowerSubscribe);

/** `func() -> result<tuple<tcp-socket, input-stream, output-stream>, error-code>` */
function lowerAccept(options: LowerOptions): (socket: number, pointer: number) => void {
  const memory = new GuestMemory(options);
  const handles = new Handles(options);
  return (socket, pointer) => {
    writeResult(memory, pointer, 4, (at) => {
      const accepted = handles.lift(TcpSocket, socket).tryAccept();
      if (accepted === undefined) return "would-block";
      const [client, input, output] = accepted;
      const { view } = memory;
      view.setInt32(at, handles.lowerOwn(TcpSocket, client), true);
      view.setInt32(at + 4, handles.lowerOwn(InputStream, input), true);
      view.setInt32(at + 8, handles.lowerOwn(OutputStream, output), true);
      return undefined;
    });
  };
}

/** `func() -> result<tuple<input-stream, output-stream>, error-code>` */
function lowerFinishConnect(options: LowerOptions): (socket: number, pointer: number) => void {
  const memory = new GuestMemory(options);
  const handles = new Handles(options);
  return (socket, pointer) => {
    writeResult(memory, pointer, 4, (at) => {
      const [input, output] = handles.lift(TcpSocket, socket).connectedStreams();
      const { view } = memory;
      view.setInt32(at, handles.lowerOwn(InputStream, input), true);
      view.setInt32(at + 4, handles.lowerOwn(OutputStream, output), true);
      return undefined;
    });
  };
}

/** `func(network: borrow<network>, remote-address: ip-socket-address) -> result<_, error-code>` */
function lowerStartConnect(
  options: LowerOptions,
): (socket: number, network: number, ...rest: [...FlatSocketAddress, pointer: number]) => void {
  const memory = new GuestMemory(options);
  const handles = Handles.inOrder(options, [Network, TcpSocket]);
  return (socket, network, tag, port, a, b, c, d, e, f, g, h, i, j, pointer) => {
    writeResult(memory, pointer, 1, () => {
      handles.lift(Network, network);
      const address = liftSocketAddress([tag, port, a, b, c, d, e, f, g, h, i, j]);
      handles.lift(TcpSocket, socket).endpoint.startConnect(address);
      return undefined;
    });
  };
}

/** `func() -> pollable` */
function lowerSubscribe(options: LowerOptions): (socket: number) => number {
  const handles = Handles.inOrder(options, [Pollable, TcpSocket]);
  return (socket) => handles.lowerOwn(Pollable, handles.lift(TcpSocket, socket).subscribe());
}

/**
 * An `ip-socket-address` in the arguments of a core function: the number of its case,
 * then as many integers as the longer case has.
 */
type FlatSocketAddress = [
  tag: number,
  port: number,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
  i: number,
  j: number,
];

/** As the canonical ABI lifts it: integers are cut to their width, an unknown case traps. */
function liftSocketAddress(flat: FlatSocketAddress): IpSocketAddress {
  const [tag, port, a, b, c, d, e, f, g, h, i, j] = flat;
  if (tag === 0) {
    return {
      tag: "ipv4",
      val: { port: port & 0xffff, address: [a & 0xff, b & 0xff, c & 0xff, d & 0xff] },
    };
  }
  if (tag !== 1) throw new RangeError(`Cannot lift an ip-socket-address: it has no case ${tag}`);
  const address: Ipv6Address = [b, c, d, e, f, g, h, i];
  for (const [index, group] of address.entries()) address[index] = group & 0xffff;
  return {
    tag: "ipv6",
    val: { port: port & 0xffff, flowInfo: a >>> 0, address, scopeId: j >>> 0 },
  };
}
