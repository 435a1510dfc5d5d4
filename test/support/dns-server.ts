import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIP, SocketAddress } from "node:net";

/** What a test's name server says to one query of a name; "silent" says nothing at all. */
export type DnsAnswer =
  | { readonly addresses: readonly string[]; readonly ttl?: number }
  | { readonly rcode: number }
  | "silent";

/** A name server on the loopback with the answers of a table; other names do not exist. Disposing it closes it. */
export class DnsServer implements AsyncDisposable {
  readonly answers: Map<string, DnsAnswer> = new Map();
  /** The names that were asked for, one for each query. */
  readonly asked: string[] = [];
  readonly #socket: Socket;

  static async start(): Promise<DnsServer> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new DnsServer(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (query, { port, address }) => {
      const answer = this.#answer(query);
      if (answer !== undefined) socket.send(answer, port, address);
    });
  }

  /** `address:port`. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }

  /** RFC 1035 §4.1: a header of 12 bytes, the question, the answers. */
  #answer(query: Buffer): Buffer | undefined {
    const labels: string[] = [];
    let at = 12;
    for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
      labels.push(query.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
    const type = query.readUInt16BE(at + 1);
    const question = query.subarray(12, at + 5);
    const name = labels.join(".").toLowerCase();
    this.asked.push(name);
    const answer = this.answers.get(name) ?? { rcode: NXDOMAIN };
    if (answer === "silent") return undefined;
    const family = type === AAAA ? 6 : type === A ? 4 : -1;
    const addresses =
      "rcode" in answer ? [] : answer.addresses.filter((text) => isIP(text) === family);
    const ttl = "rcode" in answer ? 0 : (answer.ttl ?? 300);
    const header = Buffer.alloc(12);
    header.writeUInt16BE(query.readUInt16BE(0), 0);
    header.writeUInt16BE(0x8180 | ("rcode" in answer ? answer.rcode : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    return Buffer.concat([
      header,
      question,
      ...addresses.map((address) => toRecord(address, type, ttl)),
    ]);
  }
}

const A = 1;
const AAAA = 28;
const NXDOMAIN = 3;
export const SERVFAIL = 2;
export const REFUSED = 5;

function toRecord(address: string, type: number, ttl: number): Buffer {
  const data = toBytes(address);
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc00c, 0); // The name of the question.
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(ttl, 6);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([record, data]);
}

function toBytes(text: string): Buffer {
  if (isIP(text) === 4) return Buffer.from(text.split(".").map(Number));
  const { address } = new SocketAddress({ address: text, family: "ipv6" });
  const [head = "", tail = ""] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === "" ? [] : tail.split(":");
  const groups = [
    ...left,
    ...Array.from({ length: 8 - left.length - right.length }, () => "0"),
    ...right,
  ];
  return Buffer.from(groups.map((group) => group.padStart(4, "0")).join(""), "hex");
}
