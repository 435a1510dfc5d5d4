import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  startHttpIngress,
  type HttpIngress,
  type HttpIngressOptions,
} from "../../host/ingress/http/ingress.ts";
import { DEFAULT_LIMITS } from "../../host/ingress/http/limits.ts";
import { RouteTable } from "../../host/ingress/http/route-table.ts";
import type { HttpTarget } from "../../host/ingress/http/target.ts";
import type { HttpResponse } from "../../host/wasi/http/message.ts";
import { MemoryBody } from "./memory-body.ts";

/** Starts an ingress on a free port that leads every host to `target`. */
export function ingressTo(
  target: HttpTarget | HttpTarget["handle"],
  options: Partial<HttpIngressOptions> = {},
): Promise<HttpIngress> {
  const routes = new RouteTable({ ...DEFAULT_LIMITS, ...options.limits });
  routes.add(["a.localhost"], typeof target === "function" ? toTarget(target) : target);
  return startHttpIngress({
    address: { host: "127.0.0.1", port: 0 },
    routes,
    onError: (error) => {
      throw error;
    },
    ...options,
  });
}

/** A workload that is ready. */
function toTarget(handle: HttpTarget["handle"], workload = "default/a"): HttpTarget {
  return { workload, isReady: true, handle };
}

export function answerWith(status: number, text = ""): HttpResponse {
  return {
    head: { status, headers: [["content-type", "text/plain"]] },
    body: text === "" ? undefined : MemoryBody.of(text),
  };
}

/** Opens a connection to the ingress; its errors are for who looks at it. */
export async function dial(ingress: HttpIngress): Promise<Socket> {
  const socket = connect({ port: ingress.address.port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** Sends bytes and gives all that comes back until the server closes, however it does that. */
export async function exchange(ingress: HttpIngress, ...texts: readonly string[]): Promise<string> {
  const socket = await dial(ingress);
  for (const text of texts) socket.write(text, "latin1");
  return await restOf(socket);
}

/** All that comes from now on until the server closes. */
export async function restOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  if (!socket.closed) await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

/** Waits until `holds`, polling. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
