import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { ForwardStatus } from "../../../host/ingress/forward/forward.ts";
import { ForwardCounter } from "../../../host/ingress/forward/forward-stats.ts";

/** Names the window of a terminal, colours what follows, and takes a line back. */
export const EVIL = "\u001b]0;pwned\u0007\u001b[31mred\u009b1A\r";

/** Answers everything with all that commands look at, in which each text is evil. */
export async function startEvilHost(): Promise<AsyncDisposable & { readonly url: string }> {
  const text = JSON.stringify(evilAnswer());
  const server = createServer((request, response) => {
    const isFailing = request.method === "DELETE" && request.url?.includes("tunnels") !== true;
    const type = isFailing ? "application/problem+json" : "application/json";
    response.writeHead(isFailing ? 409 : 200, { "content-type": type });
    response.end(
      isFailing ? JSON.stringify({ status: 409, detail: EVIL + request.url, title: "" }) : text,
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}

function evilAnswer(): unknown {
  const forward = {
    ...evilForward(),
    workload: EVIL,
    label: EVIL,
    createdAt: EVIL,
    stats: { open: 0, parked: 0, total: 0, refused: 0, lastError: { time: EVIL, message: EVIL } },
  };
  const tunnel = {
    id: EVIL,
    workload: EVIL,
    port: 80,
    server: "islet://example.com",
    state: "connected",
    status: EVIL,
    reason: EVIL,
    hint: EVIL,
    publicUrl: EVIL,
    since: EVIL,
    access: { link: true },
    stats: { active: 0, connections: 0 },
  };
  const guest = {
    kind: "component",
    name: EVIL,
    image: EVIL,
    environment: [EVIL],
    ports: [{ name: EVIL, port: 1, protocol: "tcp", publish: EVIL }],
    mounts: [{ path: EVIL, volume: EVIL, readOnly: true }],
    limits: { [EVIL]: 1 },
    egress: EVIL,
    allowedHosts: [EVIL],
    allowedIpNameLookups: [EVIL],
    allowedHostLoopbackPorts: [EVIL],
  };
  const workload = {
    id: EVIL,
    namespace: EVIL,
    name: EVIL,
    state: "running",
    reason: EVIL,
    createdAt: EVIL,
    declaredAt: EVIL,
    labels: { [EVIL]: EVIL },
    annotations: { [EVIL]: EVIL },
    volumes: [{ name: EVIL, path: EVIL, kind: EVIL, sizeLimit: null }],
    guests: [guest],
    replicas: [],
    route: null,
  };
  const line = { time: EVIL, guest: EVIL, stream: "stdout", replica: 0, line: EVIL };
  return {
    ...workload,
    ...tunnel,
    id: EVIL,
    workloads: [workload],
    forwards: [forward],
    tunnels: [tunnel],
    endpoints: [{ url: EVIL }],
    listeners: [{ replica: 0, protocol: "tcp", address: EVIL }],
    entries: [line],
    lines: [line],
    decisions: [
      { last: EVIL, guest: EVIL, use: EVIL, name: EVIL, outcome: "deny", rule: EVIL, count: 1 },
    ],
    url: EVIL,
  };
}

/** A forward at an address that a manifest could name. */
export function evilForward(): ForwardStatus {
  return {
    id: EVIL,
    workload: "default/shop",
    label: undefined,
    protocol: "tcp",
    port: 80,
    publish: "auto",
    addresses: [`unix:/tmp/${EVIL}`],
    outsides: [],
    createdAt: 0,
    expiresAt: undefined,
    listening: true,
    stats: new ForwardCounter().current,
  };
}
