import type { ForwardOperations } from "../forward-operations.ts";
import type { ForwardStatus } from "../ingress/forward/forward.ts";
import { parsePublish, type Publish } from "../network/publish.ts";
import type { HostOperations } from "../operations.ts";
import { ProblemError } from "./problem.ts";

/** How a host shows itself to clients of Firecase's API. */
export interface FirecaseOptions {
  /** What visitors are told to connect to, beside the port. */
  readonly hostname: string;
  /** The address of the machine that forwards are opened on; undefined for loopback, 127.0.0.1 and ::1. */
  readonly address: string | undefined;
  /** Forwards that may be made this way for one workload at a time: `max_forwarded_ports`. */
  readonly maxForwardedPorts: number;
}

export const FIRECASE_OPTIONS: FirecaseOptions = {
  hostname: "localhost",
  address: undefined,
  maxForwardedPorts: 5,
};

/** A forward that a client of Firecase's API asks for, before anything of it was checked but its types. */
export interface FirecaseForward {
  readonly guest_port: number;
  readonly protocol?: string;
  readonly label?: string;
}

/**
 * Firecase's rules for port forwards, on the forwards of the host: the workload has to run, the port of the machine
 * is the host's choice, TCP only, never port 22, ports below 1024 for the administrator only, and no more than a few
 * for each workload. They end with the workload's run, as all forwards do.
 */
export class Firecase {
  readonly options: FirecaseOptions;
  readonly #host: Pick<HostOperations, "get">;
  readonly #forwards: ForwardOperations;
  /** What was made here, of which some may be gone. */
  readonly #made = new Set<string>();
  /** What is being opened, by workload. */
  readonly #opening = new Map<string, number>();

  constructor(host: Pick<HostOperations, "get" | "forwards">, options: FirecaseOptions) {
    this.options = options;
    this.#host = host;
    this.#forwards = host.forwards;
  }

  /** All that have a port of the machine for TCP, whoever made them. */
  list(reference: string): readonly ForwardStatus[] {
    return this.#forwards.list(reference).filter(isPortForward);
  }

  /** Rejects with `ProblemError` (403, 409, 422, 429), or as `ForwardOperations.add`. */
  async create(
    reference: string,
    { guest_port: port, protocol = "tcp", label }: FirecaseForward,
    isAdmin: boolean,
  ): Promise<ForwardStatus> {
    const { id, namespace, name, state } = this.#host.get(reference);
    checkForward(port, protocol, isAdmin);
    if (state.tag !== "running") {
      throw new ProblemError(
        "conflict",
        `Cannot forward to ${namespace}/${name}: it is ${state.tag}, and has to be running`,
      );
    }
    this.#checkQuota(id, `${namespace}/${name}`);
    this.#opening.set(id, (this.#opening.get(id) ?? 0) + 1);
    try {
      const publish = this.#publish();
      const forward = await this.#forwards.add(id, { publish, protocol: "tcp", port, label });
      this.#made.add(forward.id);
      return forward;
    } finally {
      const left = (this.#opening.get(id) ?? 1) - 1;
      if (left === 0) this.#opening.delete(id);
      else this.#opening.set(id, left);
    }
  }

  /** Rejects with `OperationError` (`not-found`) where there is no such forward. */
  async remove(reference: string, id: string): Promise<void> {
    await this.#forwards.remove(reference, id);
    this.#made.delete(id);
  }

  #publish(): Publish {
    const { address } = this.options;
    if (address === undefined) return parsePublish("auto");
    return parsePublish(address.includes(":") ? `[${address}]:auto` : `${address}:auto`);
  }

  #checkQuota(workload: string, name: string): void {
    const alive = new Set(this.#forwards.list().map(({ id }) => id));
    for (const id of this.#made) if (!alive.has(id)) this.#made.delete(id);
    const open = this.#forwards.list(workload).filter(({ id }) => this.#made.has(id)).length;
    const { maxForwardedPorts } = this.options;
    if (open + (this.#opening.get(workload) ?? 0) < maxForwardedPorts) return;
    throw new ProblemError(
      "quota-exceeded",
      `${name} has ${maxForwardedPorts} forwarded ports, and may have no more. Delete one of them first`,
    );
  }
}

/** The last port of the machine's own services, which only an administrator may forward to. */
const PRIVILEGED_MAX = 1023;

const SSH = 22;

function checkForward(port: number, protocol: string, isAdmin: boolean): void {
  if (protocol !== "tcp") {
    throw new ProblemError(
      "unprocessable",
      `protocol "${protocol}" cannot be forwarded here: tcp is what there is`,
    );
  }
  if (port < 1 || port > 65_535) {
    throw new ProblemError("unprocessable", `guest_port ${port} is no port: 1 to 65535 are`);
  }
  if (port === SSH) {
    throw new ProblemError("port-not-allowed", "guest_port 22 is never forwarded");
  }
  if (port <= PRIVILEGED_MAX && !isAdmin) {
    throw new ProblemError(
      "port-not-allowed",
      `guest_port ${port} is below 1024, which takes the administrator's token`,
    );
  }
}

function isPortForward({ protocol, outsides }: ForwardStatus): boolean {
  return protocol === "tcp" && outsides.some(({ tag }) => tag === "port");
}
