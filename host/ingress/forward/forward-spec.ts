import {
  formatPublish,
  parsePortRange,
  parsePublish,
  type Publish,
  PublishError,
} from "../../network/publish.ts";

/** What is offered outside, and where it leads. */
export interface ForwardSpec {
  readonly publish: Publish;
  readonly protocol: "tcp" | "udp";
  /** The port on the workload's own network. */
  readonly port: number;
}

/** A forward as it is written on a command line: its workload and its port may be named. */
export interface ForwardText {
  /** As it was written, without the protocol; undefined where it is clear. */
  readonly workload: string | undefined;
  readonly publish: Publish;
  readonly protocol: "tcp" | "udp";
  /** A number, or the name of a declared port. */
  readonly port: number | string;
}

/**
 * Reads `[WORKLOAD/][BIND:]HOST:GUEST[/udp]`: `8080:3000`, `127.0.0.1:8080:3000`, `[::1]:8080:3000`,
 * `shop/8080:3000`, `8080:53/udp`, `auto:3000`, `8080-8090:3000` (the first free one), `8080:web` (a declared port),
 * `unix:./web.sock:3000`, and `3000-3005:80-85`, which are six forwards. Docker's `3000` and `:3000` mean `auto:3000`.
 * Throws `PublishError`.
 */
export function parseForward(text: string): readonly ForwardText[] {
  const { body, protocol } = splitProtocol(text);
  const { workload, address } = splitWorkload(body, text);
  const colon = address.lastIndexOf(":");
  const [outside, guest] = [address.slice(0, Math.max(colon, 0)), address.slice(colon + 1)];
  if (guest === "") throw invalid(text, "names no port of the workload");
  const publish = parseOutside(outside, text);
  if (publish.tag === "unix" && protocol === "udp") {
    throw invalid(text, "forwards datagrams to a Unix socket, which carries TCP only");
  }
  const one = { workload, publish, protocol };
  if (NAME.test(guest)) return [{ ...one, port: guest }];
  const range = parsePortRange(guest, text);
  if (range.first === range.last) return [{ ...one, port: range.first }];
  return toPairs(publish, range, text).map((pair) => {
    return { workload, protocol, publish: pair.publish, port: pair.port };
  });
}

/** The text that `parseForward` reads as this. */
export function formatForward({ publish, protocol, port }: ForwardSpec): string {
  return `${formatPublish(publish)}:${port}${protocol === "udp" ? "/udp" : ""}`;
}

/** A service name of RFC 6335 §5.1, which has a letter. */
const NAME = /^(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*$/i;

function splitProtocol(text: string): { body: string; protocol: "tcp" | "udp" } {
  const match = /^(?<body>.*:?[a-z0-9-]+)\/(?<protocol>tcp|udp)$/i.exec(text);
  if (match?.groups === undefined) return { body: text, protocol: "tcp" };
  const { body = "", protocol = "" } = match.groups;
  return { body, protocol: protocol.toLowerCase() === "udp" ? "udp" : "tcp" };
}

/** The last slash before the address ends the name, which may have one itself; a path of a Unix socket has its own. */
function splitWorkload(
  body: string,
  text: string,
): { workload: string | undefined; address: string } {
  const unix = body.search(/(?:^|\/)unix:/);
  const slash = unix === -1 ? body.lastIndexOf("/") : body.indexOf("unix:") - 1;
  if (slash < 0) return { workload: undefined, address: body };
  const workload = body.slice(0, slash);
  if (!/^[^/:]+(?:\/[^/:]+)?$/.test(workload)) {
    throw invalid(text, "is no forward: write [WORKLOAD/][BIND:]HOST:GUEST[/udp]");
  }
  return { workload, address: body.slice(slash + 1) };
}

function parseOutside(outside: string, text: string): Publish {
  if (outside === "") return parsePublish("auto");
  try {
    return parsePublish(outside.endsWith(":") ? `${outside}auto` : outside);
  } catch (error) {
    if (!(error instanceof PublishError)) throw error;
    throw invalid(text, error.message.slice(error.message.indexOf('" ') + 2));
  }
}

/** Docker: two ranges are mapped pairwise and have to be of one length. */
function toPairs(
  publish: Publish,
  { first, last }: { first: number; last: number },
  text: string,
): { publish: Publish; port: number }[] {
  if (publish.tag === "unix") throw invalid(text, "forwards several ports to one socket");
  if (publish.tag === "port" && publish.last - publish.first !== last - first) {
    throw invalid(text, "has two ranges of different lengths");
  }
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const outside = publish.tag === "port" ? publish.first + index : 0;
    return {
      publish: publish.tag === "port" ? { ...publish, first: outside, last: outside } : publish,
      port: first + index,
    };
  });
}

function invalid(text: string, reason: string): PublishError {
  return new PublishError(`"${text}" ${reason}`);
}
