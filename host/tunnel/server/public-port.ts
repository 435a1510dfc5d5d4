import { createServer, type Server, type Socket } from "node:net";
import { listenOn, SOCKET_BUFFER } from "./listen.ts";

/** Draws from the range before the server gives up on finding a free port, as bore's does. */
const DRAWS = 150;

/** Where public ports come from. */
export interface PortRange {
  readonly address: string;
  readonly min: number;
  readonly max: number;
  /** From 0 to 1, 1 excluded. */
  readonly random: () => number;
}

/** Why no port was opened, in the words of bore's server. */
export type PortRefusal =
  | "client port number not in allowed range"
  | "port already in use"
  | "permission denied"
  | "failed to bind to port"
  | "failed to find an available port";

/** Opens the wanted port, or any of the range for 0. Never rejects. */
export async function openPublicPort(
  wanted: number,
  range: PortRange,
): Promise<PublicPort | PortRefusal> {
  if (wanted > 0) {
    if (wanted < range.min || wanted > range.max) return "client port number not in allowed range";
    return tryPort(wanted, range.address);
  }
  const size = range.max - range.min + 1;
  for (let draw = 0; draw < DRAWS; draw++) {
    const port = range.min + Math.floor(range.random() * size);
    const opened = await tryPort(port, range.address);
    if (typeof opened !== "string") return opened;
  }
  return "failed to find an available port";
}

/** A public port that is open. Who holds it gets its visitors, and may change. Disposing it closes the port. */
export class PublicPort implements Disposable {
  readonly port: number;
  readonly server: Server;
  #onVisitor: ((socket: Socket) => void) | undefined;

  constructor(server: Server, port: number) {
    this.server = server;
    this.port = port;
    server.on("connection", (socket) => {
      socket.on("error", () => undefined);
      if (this.#onVisitor === undefined) socket.destroy();
      else this.#onVisitor(socket);
    });
  }

  /** From now on `onVisitor` gets the visitors, paused, instead of whoever got them before. */
  serve(onVisitor: (socket: Socket) => void): void {
    this.#onVisitor = onVisitor;
  }

  [Symbol.dispose](): void {
    this.#onVisitor = undefined;
    this.server.close();
  }
}

async function tryPort(port: number, address: string): Promise<PublicPort | PortRefusal> {
  const server = createServer({
    allowHalfOpen: true,
    pauseOnConnect: true,
    highWaterMark: SOCKET_BUFFER,
    noDelay: true,
    keepAlive: true,
  });
  try {
    await listenOn(server, port, address);
    return new PublicPort(server, port);
  } catch (error) {
    server.close();
    return toRefusal(error);
  }
}

function toRefusal(error: unknown): PortRefusal {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return "port already in use";
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  return "failed to bind to port";
}
