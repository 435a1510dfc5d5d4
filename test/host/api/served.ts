import { mkdtempDisposable, writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { Agent, type Dispatcher, request } from "undici";
import { type ApiOptions, createApi } from "../../../host/api/api-server.ts";
import { Token } from "../../../host/api/token.ts";
import { FakeHost } from "./fake-host.ts";

export const TOKEN = "the-token-of-these-tests";
export const ADMIN_TOKEN = "the-administrators-token";

/** An API over a host in which nothing runs, on a socket and over TCP. */
export interface ServedApi extends AsyncDisposable {
  readonly host: FakeHost;
  /** A directory with the images `s.wasm` and `c.wasm`. */
  readonly directory: string;
  readonly socketPath: string;
  readonly url: string;
  readonly port: number;
  /** Faults of the host that it told of. */
  readonly errors: unknown[];
  /** A request over the socket. */
  call(method: Method, path: string, body?: unknown, headers?: Headers): Promise<Answer>;
  /** A request over TCP, with the token. */
  callTcp(method: Method, path: string, body?: unknown, headers?: Headers): Promise<Answer>;
  /** Ends the API, not its client. */
  close(): Promise<void>;
}

type Method = Dispatcher.HttpMethod;

type Headers = Readonly<Record<string, string | undefined>>;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Json;
}

/** Whatever JSON is; tests look into it. */
export type Json = ReturnType<typeof JSON.parse>;

export async function serve(options: Partial<ApiOptions> = {}): Promise<ServedApi> {
  await using stack = new AsyncDisposableStack();
  const { path: directory } = stack.use(await mkdtempDisposable(join(tmpdir(), "islet-api-")));
  await writeFile(join(directory, "s.wasm"), "");
  await writeFile(join(directory, "c.wasm"), "");
  const host = new FakeHost();
  const errors: unknown[] = [];
  const api = stack.use(createApi({ host, onError: (error) => errors.push(error), ...options }));
  const socketPath = join(directory, "run", "host.sock");
  await api.listenOnSocket(socketPath);
  const { port } = await api.listenOnTcp(
    { host: "127.0.0.1", port: 0 },
    new Token(TOKEN),
    new Token(ADMIN_TOKEN),
  );
  const socket = new Agent({ connect: { socketPath } });
  const tcp = new Agent();
  stack.defer(() => socket.destroy());
  stack.defer(() => tcp.destroy());
  const owned = stack.move();
  const url = `http://127.0.0.1:${port}`;
  return {
    host,
    directory,
    socketPath,
    url,
    port,
    errors,
    call: (method, path, body, headers) =>
      send(`http://localhost${path}`, socket, method, body, { ...headers }),
    callTcp: (method, path, body, headers) =>
      send(`${url}${path}`, tcp, method, body, { authorization: `Bearer ${TOKEN}`, ...headers }),
    close: async () => await api[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function send(
  url: string,
  dispatcher: Agent,
  method: Method,
  body: unknown,
  headers: Headers,
): Promise<Answer> {
  const all = { ...(body !== undefined && { "content-type": "application/json" }), ...headers };
  const given = Object.entries(all).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  const response = await request(url, {
    dispatcher,
    method,
    headers: Object.fromEntries(given),
    body: toBody(body),
  });
  const text = await response.body.text();
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    json: isJson(response.headers["content-type"]) ? JSON.parse(text) : undefined,
  };
}

function toBody(body: unknown): string | Readable | null {
  if (body === undefined) return null;
  return typeof body === "string" || body instanceof Readable ? body : JSON.stringify(body);
}

function isJson(type: string | string[] | undefined): boolean {
  return typeof type === "string" && type.includes("json");
}

/** The manifest of a workload with a service and a component. */
export function manifest(name: string, namespace: string = "default"): string {
  return `
apiVersion: runtime.wasmcloud.dev/v1alpha1
kind: Workload
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  service: { image: s.wasm, localResources: { environment: { config: { SECRET: hush } } } }
  components:
    - { name: web, image: c.wasm, localResources: { allowedHosts: ["a.example"] } }
  hostInterfaces:
    - { namespace: wasi, package: http, interfaces: [incoming-handler], config: { host: ${name}.${namespace}.localhost } }
`;
}
