import type { Socket } from "node:net";
import { readDescriptorLimit } from "./descriptor-limit.ts";

/** Whether a connection took one of the last descriptors that the process may have. */
export type LastDescriptors = (socket: Socket) => boolean;

/**
 * Tells when a server has to stop taking connections, before the operating system does: at the limit libuv accepts and
 * closes each connection without a word to anybody, and the host could open no file and start no workload.
 * The lowest free number is given to each descriptor, so a high number says that all below it are taken.
 */
export function watchDescriptors(limit: number = readDescriptorLimit()): LastDescriptors {
  const last = limit - Math.min(Math.floor(limit / 8), RESERVE);
  return (socket) => numberOf(socket) >= last;
}

/** Descriptors that are kept for files, threads and connections of the host itself. */
const RESERVE = 64;

/** -1 where it has none any more, and on systems that do not number them. Node has no other place that tells. */
function numberOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, "_handle");
  const fd: unknown =
    typeof handle === "object" && handle !== null ? Reflect.get(handle, "fd") : -1;
  return typeof fd === "number" ? fd : -1;
}
