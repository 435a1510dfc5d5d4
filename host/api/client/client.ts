import type { Dispatcher } from "undici";
import type { ManifestText } from "../../manifest/load.ts";
import type { ProxyUse } from "../../network/publish-options.ts";
import type { ApplyResource } from "../resource/applied.ts";
import type { DecisionResource } from "../resource/decision.ts";
import type { EndpointResource } from "../resource/endpoint.ts";
import type { ExplanationResource } from "../resource/explanation.ts";
import type { ForwardResource } from "../resource/forward.ts";
import type { TunnelResource } from "../resource/tunnel.ts";
import type { TunnelBody } from "../tunnel-body.ts";
import type { LogLineResource } from "../resource/log-line.ts";
import type { WorkloadResource } from "../resource/workload.ts";
import type { ListenerStatus } from "../../workload/status.ts";
import { type Connection, createConnection, type Target } from "./connection.ts";
import { AnswerError, UnreachableError } from "./error.ts";
import { followEvents } from "./follow.ts";

export interface LogParameters {
  readonly guest?: string | undefined;
  /** RFC 3339. */
  readonly since?: string | undefined;
  readonly tail?: number | undefined;
}

/** A forward that is asked for. */
export interface ForwardParameters {
  /** As `parsePublish` reads it; the path of a Unix socket is absolute. */
  readonly publish: string;
  readonly port: number | string;
  readonly protocol: "tcp" | "udp";
  readonly label?: string | undefined;
  /** A duration as manifests have it. */
  readonly ttl?: string | undefined;
  readonly proxyProtocol?: ProxyUse | undefined;
  readonly maxConnections?: number | undefined;
  /** A duration as manifests have it. */
  readonly idleTimeout?: string | undefined;
  readonly allowPrivileged?: boolean | undefined;
}

/** A running host, seen from another process. References are as for `HostOperations`. Rejects with what `error.ts` has. */
export class Client implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #signal: AbortSignal | undefined;

  /** Once `signal` aborts, whatever waits for an answer rejects; what the host was asked for goes on there. */
  constructor(target: Target, signal?: AbortSignal) {
    this.#connection = createConnection(target);
    this.#signal = signal;
  }

  async list(): Promise<readonly WorkloadResource[]> {
    const { workloads } = await this.#json<{ workloads: WorkloadResource[] }>(
      "GET",
      "/v1/workloads",
    );
    return workloads;
  }

  get(reference: string): Promise<WorkloadResource> {
    return this.#json("GET", pathOf(reference));
  }

  apply(manifests: readonly ManifestText[], wait: boolean): Promise<ApplyResource> {
    return this.#json("POST", "/v1/workloads", { manifests, wait });
  }

  start(reference: string): Promise<WorkloadResource> {
    return this.#json("POST", `${pathOf(reference)}/start`, {});
  }

  /** `gracePeriod` is a duration as manifests have it. */
  stop(reference: string, gracePeriod?: string): Promise<WorkloadResource> {
    return this.#json("POST", `${pathOf(reference)}/stop`, { gracePeriod });
  }

  restart(reference: string): Promise<WorkloadResource> {
    return this.#json("POST", `${pathOf(reference)}/restart`, {});
  }

  async delete(reference: string, gracePeriod?: string): Promise<void> {
    await this.#json("DELETE", pathOf(reference) + queryOf({ gracePeriod }));
  }

  async logs(reference: string, query: LogParameters): Promise<readonly LogLineResource[]> {
    const path = `${pathOf(reference)}/logs${queryOf({ ...query })}`;
    const { entries } = await this.#json<{ entries: LogLineResource[] }>("GET", path);
    return entries;
  }

  /** What is kept and all that follows, until the workload is deleted or `signal` aborts. */
  async *followLogs(
    reference: string,
    query: LogParameters,
    signal: AbortSignal,
  ): AsyncGenerator<LogLineResource> {
    const path = `${pathOf(reference)}/logs${queryOf({ ...query, follow: true })}`;
    for await (const { event, data } of followEvents<LogLineResource>(
      this.#connection,
      path,
      signal,
    )) {
      if (event === "log") yield data;
    }
  }

  async decisions(reference: string): Promise<readonly DecisionResource[]> {
    const path = `${pathOf(reference)}/decisions`;
    const { decisions } = await this.#json<{ decisions: DecisionResource[] }>("GET", path);
    return decisions;
  }

  async *followDecisions(reference: string, signal: AbortSignal): AsyncGenerator<DecisionResource> {
    const path = `${pathOf(reference)}/decisions?follow=true`;
    for await (const { event, data } of followEvents<DecisionResource>(
      this.#connection,
      path,
      signal,
    )) {
      if (event === "decision") yield data;
    }
  }

  async endpoints(reference: string): Promise<readonly EndpointResource[]> {
    const path = `${pathOf(reference)}/endpoints`;
    const { endpoints } = await this.#json<{ endpoints: EndpointResource[] }>("GET", path);
    return endpoints;
  }

  async listeners(reference: string): Promise<readonly ListenerStatus[]> {
    const path = `${pathOf(reference)}/listeners`;
    const { listeners } = await this.#json<{ listeners: ListenerStatus[] }>("GET", path);
    return listeners;
  }

  async forwards(reference: string): Promise<readonly ForwardResource[]> {
    const path = `${pathOf(reference)}/forwards`;
    const { forwards } = await this.#json<{ forwards: ForwardResource[] }>("GET", path);
    return forwards;
  }

  addForward(reference: string, forward: ForwardParameters): Promise<ForwardResource> {
    return this.#json("POST", `${pathOf(reference)}/forwards`, forward);
  }

  async removeForward(reference: string, id: string): Promise<void> {
    await this.#json("DELETE", `${pathOf(reference)}/forwards/${encodeURIComponent(id)}`);
  }

  async tunnels(reference: string): Promise<readonly TunnelResource[]> {
    const path = `${pathOf(reference)}/tunnels`;
    const { tunnels } = await this.#json<{ tunnels: TunnelResource[] }>("GET", path);
    return tunnels;
  }

  startTunnel(reference: string, tunnel: TunnelBody): Promise<TunnelResource> {
    return this.#json("POST", `${pathOf(reference)}/tunnels`, tunnel);
  }

  async stopTunnel(reference: string, id: string): Promise<void> {
    await this.#json("DELETE", tunnelPath(reference, id));
  }

  reconnectTunnel(reference: string, id: string): Promise<TunnelResource> {
    return this.#json("POST", `${tunnelPath(reference, id)}/reconnect`, {});
  }

  /** `expires` is a duration as manifests have it. */
  async linkTunnel(reference: string, id: string, path: string, expires: string): Promise<string> {
    const links = `${tunnelPath(reference, id)}/links`;
    const { url } = await this.#json<{ url: string }>("POST", links, { path, expires });
    return url;
  }

  async explain(
    reference: string,
    question: {
      readonly use: string;
      readonly address: string;
      readonly guest?: string | undefined;
    },
  ): Promise<readonly ExplanationResource[]> {
    const path = `${pathOf(reference)}/explain`;
    const { explanations } = await this.#json<{ explanations: ExplanationResource[] }>(
      "POST",
      path,
      question,
    );
    return explanations;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }

  /** What a host of the same version answers has the shape that its schema says. */
  async #json<T>(method: Dispatcher.HttpMethod, path: string, body?: unknown): Promise<T> {
    const signal = this.#signal;
    const response = await this.#connection.send(method, path, { body, signal });
    const text = await response.body.text().catch((error: unknown) => {
      if (signal?.aborted === true) throw error;
      throw new UnreachableError("The islet host has gone away", true, { cause: error });
    });
    try {
      const value: T = response.statusCode === 204 ? undefined : JSON.parse(text);
      return value;
    } catch {
      throw new AnswerError(response.statusCode, undefined);
    }
  }
}

function pathOf(reference: string): string {
  return `/v1/workloads/${encodeURIComponent(reference)}`;
}

function tunnelPath(reference: string, id: string): string {
  return `${pathOf(reference)}/tunnels/${encodeURIComponent(id)}`;
}

function queryOf(
  parameters: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const given = Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}
