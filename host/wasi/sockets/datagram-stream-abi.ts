/**
 * The fast paths of the two datagram streams of `wasi:sockets/udp`, for what every datagram goes through;
 * importing this module attaches them. Core signatures are the canonical ABI's flattening of the WIT functions.
 */
import type { OutgoingDatagram } from "@bytecodealliance/preview2-shim/interfaces/wasi-sockets-udp";
import { GuestMemory, type LowerOptions, lowerMethod } from "../cabi.ts";
import { Handles, type ResourceClass } from "../cabi-handle.ts";
import { Pollable } from "../io/pollable.ts";
import type { DatagramStream } from "./datagram-stream.ts";
import { IncomingDatagramStream } from "./incoming-datagram-stream.ts";
import { OutgoingDatagramStream } from "./outgoing-datagram-stream.ts";
import { writeResult } from "./result-abi.ts";
import {
  readSocketAddress,
  SOCKET_ADDRESS_SIZE,
  writeSocketAddress,
} from "./socket-address-abi.ts";

lowerMethod(IncomingDatagramStream, "receive", lowerReceive);
lowerMethod(IncomingDatagramStream, "subscribe", (options) =>
  lowerSubscribe(options, IncomingDatagramStream),
);
lowerMethod(OutgoingDatagramStream, "checkSend", lowerCheckSend);
lowerMethod(OutgoingDatagramStream, "send", lowerSend);
lowerMethod(OutgoingDatagramStream, "subscribe", (options) =>
  lowerSubscribe(options, OutgoingDatagramStream),
);

/** Bytes of an `incoming-datagram`: the list of its data, then the address. */
const INCOMING_SIZE = 8 + SOCKET_ADDRESS_SIZE;

/** Bytes of an `outgoing-datagram`: the list of its data, whether there is an address, and the address. */
const OUTGOING_SIZE = 12 + SOCKET_ADDRESS_SIZE;

/** `func(max-results: u64) -> result<list<incoming-datagram>, error-code>` */
function lowerReceive(
  options: LowerOptions,
): (stream: number, max: bigint, pointer: number) => void {
  const memory = new GuestMemory(options);
  const handles = new Handles(options);
  return (stream, max, pointer) => {
    writeResult(memory, pointer, 4, (at) => {
      const incoming = handles.lift(IncomingDatagramStream, stream);
      const datagrams = incoming.take(BigInt.asUintN(64, max));
      const list = memory.allocate(4, datagrams.length * INCOMING_SIZE);
      let record = list;
      for (const { data, remote } of datagrams) {
        const bytes = memory.allocate(1, data.length);
        memory.slice(bytes, data.length).set(data);
        memory.writeList(bytes, data.length, record);
        writeSocketAddress(memory.view, record + 8, incoming.toFrom(remote));
        record += INCOMING_SIZE;
      }
      memory.writeList(list, datagrams.length, at);
      return undefined;
    });
  };
}

/** `func() -> result<u64, error-code>` */
function lowerCheckSend(options: LowerOptions): (stream: number, pointer: number) => void {
  const memory = new GuestMemory(options);
  const handles = new Handles(options);
  return (stream, pointer) => {
    writeResult(memory, pointer, 8, (at) => {
      const permitted = handles.lift(OutgoingDatagramStream, stream).permitSend();
      memory.view.setBigUint64(at, BigInt(permitted), true);
      return undefined;
    });
  };
}

/** `func(datagrams: list<outgoing-datagram>) -> result<u64, error-code>` */
function lowerSend(
  options: LowerOptions,
): (stream: number, list: number, length: number, pointer: number) => void {
  const memory = new GuestMemory(options);
  const handles = new Handles(options);
  return (stream, list, length, pointer) => {
    const first = list >>> 0;
    if (first % 4 !== 0) throw new RangeError("Cannot lift a list of datagrams: it is misaligned");
    writeResult(memory, pointer, 8, (at) => {
      const outgoing = handles.lift(OutgoingDatagramStream, stream);
      const sent = outgoing.sendEach(length >>> 0, (index) =>
        readDatagram(memory, first + index * OUTGOING_SIZE),
      );
      memory.view.setBigUint64(at, BigInt(sent), true);
      return undefined;
    });
  };
}

/** The data is not copied: it is good until the guest runs again. */
function readDatagram(memory: GuestMemory, at: number): OutgoingDatagram {
  const { view } = memory;
  const data = memory.slice(view.getUint32(at, true), view.getUint32(at + 4, true));
  const hasAddress = view.getUint8(at + 8);
  if (hasAddress > 1) throw new RangeError(`Cannot lift an option: it has no case ${hasAddress}`);
  return hasAddress === 0 ? { data } : { data, remoteAddress: readSocketAddress(view, at + 12) };
}

/** `func() -> pollable` */
function lowerSubscribe(
  options: LowerOptions,
  streamClass: ResourceClass<DatagramStream>,
): (stream: number) => number {
  const handles = Handles.inOrder(options, [Pollable, streamClass]);
  return (stream) => handles.lowerOwn(Pollable, handles.lift(streamClass, stream).subscribe());
}
