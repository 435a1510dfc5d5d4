import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, SocketAddress } from "node:net";
import type { Listener } from "../../../../host/network/network.ts";
import { TCP_OPTIONS_DEFAULT } from "../../../../host/network/tcp-options.ts";
import type { VirtualNetwork } from "../../../../host/network/virtual/virtual-network.ts";
import type { Guest } from "../../../../host/wasi/guest.ts";
import { GuestError } from "../../../../host/wasi/guest-error.ts";
import { ConnectionSocket } from "../../../../host/wasi/http/client/connection-socket.ts";
import type { HttpErrorCode } from "../../../../host/wasi/http/error-code.ts";
import { Fields } from "../../../../host/wasi/http/fields.ts";
import type { FutureIncomingResponse } from "../../../../host/wasi/http/future-incoming-response.ts";
import type { IncomingResponse } from "../../../../host/wasi/http/incoming-response.ts";
import { toMethod } from "../../../../host/wasi/http/method.ts";
import { finishOutgoingBody } from "../../../../host/wasi/http/outgoing-body.ts";
import { createOutgoingHandler } from "../../../../host/wasi/http/outgoing-handler.ts";
import { OutgoingRequest } from "../../../../host/wasi/http/outgoing-request.ts";
import { RequestOptions } from "../../../../host/wasi/http/request-options.ts";

export interface GuestRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly trailers?: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly connectTimeout?: number;
  readonly firstByteTimeout?: number;
  readonly betweenBytesTimeout?: number;
}

/** A request as a guest makes it, with its body still to be written. */
export function createRequest(
  guest: Guest,
  url: string,
  request: GuestRequest = {},
): OutgoingRequest {
  const match = /^(?<scheme>[a-z]+):\/\/(?<authority>[^/]*)(?<path>\/.*)?$/.exec(url);
  const { scheme, authority, path } = match?.groups ?? {};
  const outgoing = new OutgoingRequest(guest, fieldsOf(guest, request.headers));
  outgoing.setMethod(toMethod(request.method ?? (request.body === undefined ? "GET" : "POST")));
  outgoing.setScheme(
    scheme === "https"
      ? { tag: "HTTPS" }
      : scheme === "http"
        ? { tag: "HTTP" }
        : { tag: "other", val: scheme ?? "" },
  );
  outgoing.setAuthority(authority);
  outgoing.setPathWithQuery(path);
  return outgoing;
}

/** Starts a request and writes its body, which fits into the host's buffer. */
export function start(
  guest: Guest,
  url: string,
  request: GuestRequest = {},
): FutureIncomingResponse {
  const outgoing = createRequest(guest, url, request);
  const body = request.body === undefined ? undefined : outgoing.body();
  const options = new RequestOptions(guest);
  options.setConnectTimeout(toNanoseconds(request.connectTimeout));
  options.setFirstByteTimeout(toNanoseconds(request.firstByteTimeout));
  options.setBetweenBytesTimeout(toNanoseconds(request.betweenBytesTimeout));
  const future = createOutgoingHandler(guest)(outgoing, options);
  if (body !== undefined) {
    const stream = body.write();
    stream.checkWrite();
    stream.write(Buffer.from(request.body ?? ""));
    stream[Symbol.dispose]();
    finishOutgoingBody(body, request.trailers && fieldsOf(guest, request.trailers));
  }
  return future;
}

export interface GuestResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly trailers: Readonly<Record<string, string>> | undefined;
}

/** Sends a request and reads all of the response; "…: code" where either fails. */
export async function send(
  guest: Guest,
  url: string,
  request: GuestRequest = {},
): Promise<GuestResponse | HttpErrorCode> {
  let future: FutureIncomingResponse;
  try {
    future = start(guest, url, request);
  } catch (error) {
    assert.ok(error instanceof GuestError, String(error));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- WIT says so, and tests compare it.
    return error.payload as HttpErrorCode;
  }
  const response = await responseOf(future);
  return "tag" in response ? response : await readResponse(response);
}

/** As `send`, of a request that has to succeed. */
export async function fetchText(
  guest: Guest,
  url: string,
  request: GuestRequest = {},
): Promise<GuestResponse> {
  const response = await send(guest, url, request);
  if ("tag" in response) assert.fail(`${url} failed: ${response.tag}`);
  return response;
}

/** As `send`, of a request that has to fail: the tag of its error-code. */
export async function failure(
  guest: Guest,
  url: string,
  request: GuestRequest = {},
): Promise<string> {
  const response = await send(guest, url, request);
  return "tag" in response ? response.tag : `answered ${response.status}`;
}

export async function responseOf(
  future: FutureIncomingResponse,
): Promise<IncomingResponse | HttpErrorCode> {
  const pollable = future.subscribe();
  await pollable.block();
  pollable[Symbol.dispose]();
  const result = future.get();
  assert.ok(result?.tag === "ok");
  future[Symbol.dispose]();
  return result.val.val;
}

export async function readResponse(
  response: IncomingResponse,
): Promise<GuestResponse | HttpErrorCode> {
  const status = response.status();
  const headers = recordOf(response.headers());
  const incoming = response.consume();
  const stream = incoming.stream();
  const chunks: Uint8Array[] = [];
  try {
    for (;;) chunks.push(await stream.blockingRead(65_536n));
  } catch (error) {
    assert.ok(error instanceof GuestError);
  }
  stream[Symbol.dispose]();
  const future = incoming.finish();
  await future.subscribe().block();
  const result = future.get();
  future[Symbol.dispose]();
  response[Symbol.dispose]();
  assert.ok(result?.tag === "ok");
  if (result.val.tag === "err") return result.val.val;
  const trailers = result.val.val && recordOf(result.val.val);
  return { status, headers, body: Buffer.concat(chunks).toString(), trailers };
}

/** A server of Node on the loopback of the machine. */
export class HttpTestServer implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  /** Connections so far. */
  connections = 0;

  static async start(listener: RequestListener): Promise<HttpTestServer> {
    const server = createServer(listener);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new HttpTestServer(server);
  }

  constructor(server: Server) {
    this.#server = server;
    server.on("connection", () => (this.connections += 1));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- A TCP server that listens has one.
    this.port = (server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}

/** A server of Node on a virtual network: the workload's own service. */
export function serveVirtual(
  network: VirtualNetwork,
  port: number,
  listener: RequestListener,
): Listener {
  const server = createServer(listener);
  const local = new SocketAddress({ address: "127.0.0.1", family: "ipv4", port });
  const listening = network.listen(network.bind(local), { backlog: 128, tcp: TCP_OPTIONS_DEFAULT });
  const accept = (): void => {
    for (let next = listening.accept(); next !== undefined; next = listening.accept()) {
      server.emit("connection", new ConnectionSocket(next));
    }
    listening.whenPending.add(accept);
  };
  accept();
  return listening;
}

function fieldsOf(guest: Guest, record: Readonly<Record<string, string>> = {}): Fields {
  const entries = Object.entries(record);
  return Fields.fromList(
    guest,
    entries.map(([name, value]) => [name, Buffer.from(value)]),
  );
}

function recordOf(fields: Fields): Record<string, string> {
  return Object.fromEntries(fields.map.entries.map(([name, value]) => [name.toLowerCase(), value]));
}

function toNanoseconds(milliseconds: number | undefined): bigint | undefined {
  return milliseconds === undefined ? undefined : BigInt(milliseconds) * 1_000_000n;
}
