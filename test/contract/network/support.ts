import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import type { ByteSink, ByteSource } from "../../../host/network/byte-stream.ts";
import { SocketError, type SocketErrorCode } from "../../../host/network/error.ts";
import type {
  Awaitable,
  Connection,
  Listener,
  PortReservation,
  TcpNetwork,
} from "../../../host/network/network.ts";
import { TCP_OPTIONS_DEFAULT as tcp } from "../../../host/network/tcp-options.ts";
import type { WaitList } from "../../../host/network/wait-list.ts";

/** A network under test, with the counts that show whether it leaks. */
interface ObservedNetwork extends TcpNetwork, Disposable {
  readonly listeners: number;
  readonly connections: number;
  readonly reservations: number;
}

export type CreateNetwork = (options?: { readonly connectTimeout?: number }) => ObservedNetwork;

/** The loopback address of one family. */
export interface Loopback {
  readonly address: string;
  readonly family: "ipv4" | "ipv6";
}

export const IPV4: Loopback = { address: "127.0.0.1", family: "ipv4" };
export const IPV6: Loopback = { address: "::1", family: "ipv6" };

export function at({ address, family }: Loopback, port: number): SocketAddress {
  return new SocketAddress({ address, family, port });
}

export async function listenOn(
  network: TcpNetwork,
  loopback: Loopback,
  { port = 0, backlog = 16 }: { readonly port?: number; readonly backlog?: number } = {},
): Promise<Listener> {
  return network.listen(await network.bind(at(loopback, port)), { backlog, tcp });
}

/** A connection with both of its ends, and the listener that it came through. */
export interface Linked extends Disposable {
  readonly listener: Listener;
  readonly client: Connection;
  readonly server: Connection;
}

export async function link(network: TcpNetwork, loopback: Loopback): Promise<Linked> {
  const listener = await listenOn(network, loopback);
  const client = await network.connect(listener.local, { tcp });
  const server = await accept(listener);
  return {
    listener,
    client,
    server,
    [Symbol.dispose]() {
      client[Symbol.dispose]();
      server[Symbol.dispose]();
      listener[Symbol.dispose]();
    },
  };
}

export async function accept(listener: Listener): Promise<Connection> {
  await until(listener.whenPending, () => listener.pending > 0);
  const connection = listener.accept();
  assert.ok(connection, "a pending connection is accepted");
  return connection;
}

/** Waits until `condition` holds; the test's own time limit ends a wait in vain. */
export async function until(waitList: WaitList, condition: () => boolean): Promise<void> {
  while (!condition()) {
    const { promise, resolve } = Promise.withResolvers<void>();
    waitList.add(resolve);
    await promise;
  }
}

/** Waits for what nobody announces. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** Lets the loop do what is due. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
}

export async function writeAll(sink: ByteSink, bytes: Uint8Array): Promise<void> {
  let sent = 0;
  while (sent < bytes.length) {
    await until(sink.whenWritable, () => sink.capacity > 0 || sink.closed);
    assert.ok(!sink.closed, "the sink takes more");
    const count = Math.min(sink.capacity, bytes.length - sent);
    sink.write(bytes.subarray(sent, sent + count));
    sent += count;
  }
}

/** Reads exactly `count` bytes. */
export async function read(source: ByteSource, count: number): Promise<Buffer> {
  const bytes = Buffer.alloc(count);
  let received = 0;
  while (received < count) {
    await until(source.whenReadable, () => source.available > 0 || source.ended);
    const moved = source.readInto(bytes.subarray(received));
    assert.ok(moved > 0, `${count - received} more bytes arrive`);
    received += moved;
  }
  return bytes;
}

/** Reads until the stream ends or breaks. */
export async function readToEnd(source: ByteSource): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (;;) {
    await until(source.whenReadable, () => source.available > 0 || source.ended);
    if (source.ended) return Buffer.concat(chunks);
    const chunk = Buffer.alloc(source.available);
    source.readInto(chunk);
    chunks.push(chunk);
  }
}

/** Reads to the end and returns why the stream broke. */
export async function failureOf(source: ByteSource): Promise<SocketErrorCode | undefined> {
  await readToEnd(source);
  if (source.failure === undefined) return undefined;
  assert.ok(source.failure instanceof SocketError, String(source.failure));
  return source.failure.code;
}

/** What a call failed with; undefined where it did not fail. Whatever it returned is disposed. */
export async function codeOf(
  call: () => Awaitable<PortReservation | Listener | Connection>,
): Promise<SocketErrorCode | undefined> {
  try {
    using _ = await call();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof SocketError, String(error));
    return error.code;
  }
}

/** Bytes that look random and are the same in every run. */
export function pseudoRandomBytes(count: number, seed: number): Buffer {
  const random = pseudoRandom(seed);
  const bytes = Buffer.alloc(count);
  for (let index = 0; index < count; index += 1) bytes[index] = random(256);
  return bytes;
}

/** Numbers from 0 up to but not including the bound, the same for the same seed. */
export function pseudoRandom(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    // The linear congruential generator of Numerical Recipes.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}
