import type { HttpResponse } from "../message.ts";
import type { ClientRequest } from "./client-exchange.ts";
import type { HttpClient, HttpClientOptions } from "./http-client.ts";
import type { Target } from "./target.ts";

/** What sends requests for the guests of one workload. */
export type HttpSender = Pick<HttpClient, "send">;

/**
 * An `HttpClient` that is there when it is needed: loading it takes tens of milliseconds, most of them for undici,
 * which a workload that sends no requests is not to pay.
 */
export class LazyHttpClient implements HttpSender, Disposable {
  readonly #options: HttpClientOptions;
  #client: Promise<HttpClient> | undefined;
  #disposed = false;

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  async send(target: Target, request: ClientRequest, signal: AbortSignal): Promise<HttpResponse> {
    this.#client ??= this.#load();
    const client = await this.#client;
    return await client.send(target, request, signal);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    void this.#client?.then((client) => client[Symbol.dispose]());
  }

  async #load(): Promise<HttpClient> {
    const { HttpClient: Client } = await import("./http-client.ts");
    const client = new Client(this.#options);
    if (this.#disposed) client[Symbol.dispose]();
    return client;
  }
}
