import { LOOPBACK, type Publish } from "../../network/publish.ts";
import { ForwardError } from "./error.ts";
import { formatOutside, type OutsideAddress, type OutsideTable } from "./outside-table.ts";
import type { ForwardRules } from "./rules.ts";

/** Something that was opened at one outside address. */
export interface Opened extends AsyncDisposable {
  readonly outside: OutsideAddress;
}

export interface BindOptions<T extends Opened> {
  readonly protocol: "tcp" | "udp";
  readonly table: OutsideTable;
  readonly rules: ForwardRules;
  /** Who is about to hold it, as others are told. */
  readonly holder: string;
  /** What to write instead to use `port`: `--forward 8081:3000`. */
  readonly suggest: (port: number) => string;
  /** Binds and keeps, and owns the claim then; else it rejects with the operating system's error. */
  readonly open: (outside: OutsideAddress, claim: Disposable) => Promise<T>;
}

/**
 * Opens everything that `publish` means, all of it or nothing, on the first port where that is possible.
 * Nothing is tried beforehand: what was bound is kept. Rejects with `ForwardError`.
 */
export async function bindAll<T extends Opened>(
  publish: Publish,
  options: BindOptions<T>,
): Promise<readonly T[]> {
  if (publish.tag === "unix") return [await openOne({ tag: "unix", path: publish.path }, options)];
  const { rules } = options;
  const ports = publish.tag === "auto" ? shuffled(rules.autoPorts) : portsOf(publish);
  let conflict: ForwardError | undefined;
  for (const port of ports) {
    try {
      rules.check(port, options.suggest);
      return await openPort(port, publish.address, options);
    } catch (error) {
      // A single port says by itself why not; of a range, another one may do.
      if (ports.length === 1 || !isPassedOver(error)) throw error;
      conflict = error;
    }
  }
  const { first, last } = publish.tag === "auto" ? rules.autoPorts : publish;
  throw new ForwardError(
    "conflict",
    `Cannot forward any of the ports ${first} to ${last}: none is free`,
    { cause: conflict },
  );
}

/** Opens `port` of all addresses that are meant; loopback is both, as far as the machine has both. */
async function openPort<T extends Opened>(
  port: number,
  address: string,
  options: BindOptions<T>,
): Promise<readonly T[]> {
  const { protocol } = options;
  if (address !== LOOPBACK) {
    return [await openOne({ tag: "port", protocol, address, port }, options)];
  }
  await using stack = new AsyncDisposableStack();
  const opened: T[] = [];
  let missing: ForwardError | undefined;
  for (const loopback of ["127.0.0.1", "::1"]) {
    try {
      const one = await openOne({ tag: "port", protocol, address: loopback, port }, options);
      opened.push(stack.use(one));
    } catch (error) {
      if (!(error instanceof ForwardError) || error.code !== "unavailable") throw error;
      missing = error;
    }
  }
  if (missing !== undefined && opened.length === 0) throw missing;
  stack.move();
  return opened;
}

async function openOne<T extends Opened>(
  outside: OutsideAddress,
  { table, holder, suggest, open }: BindOptions<T>,
): Promise<T> {
  const hint = outside.tag === "port" ? `. Try ${suggest(outside.port + 1)}` : "";
  const other = table.holderOf(outside);
  if (other !== undefined) {
    throw new ForwardError(
      "conflict",
      `Cannot forward ${formatOutside(outside)}: held by ${other}${hint}`,
    );
  }
  const claim = table.claim(outside, holder);
  try {
    return await open(outside, claim);
  } catch (error) {
    claim[Symbol.dispose]();
    throw explain(error, outside, hint);
  }
}

function explain(error: unknown, outside: OutsideAddress, hint: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || error instanceof ForwardError)
    return error;
  const subject = `Cannot forward ${formatOutside(outside)}`;
  const options = { cause: error };
  switch (error.code) {
    case "EADDRINUSE":
      return new ForwardError("conflict", `${subject}: held by another program${hint}`, options);
    case "EACCES":
    case "EPERM":
      return new ForwardError(
        outside.tag === "unix" ? "unavailable" : "privileged",
        `${subject}: this user may not open it`,
        options,
      );
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
      return new ForwardError(
        "unavailable",
        `${subject}: this machine has no such address`,
        options,
      );
    case "ENOENT":
      return new ForwardError("unavailable", `${subject}: its directory does not exist`, options);
    default:
      return new ForwardError("unavailable", `${subject}: ${error.message}`, options);
  }
}

function isPassedOver(error: unknown): error is ForwardError {
  return error instanceof ForwardError && (error.code === "conflict" || error.code === "blocked");
}

interface PortRange {
  readonly first: number;
  readonly last: number;
}

function portsOf({ first, last }: PortRange): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** In any order, so that two hosts seldom try the same one (RFC 6056 §3.3.1 has the algorithm's name). */
function shuffled(range: PortRange): number[] {
  const ports = portsOf(range);
  for (let last = ports.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [ports[last], ports[other]] = [ports[other] ?? 0, ports[last] ?? 0];
  }
  return ports;
}
