import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { ByteChannel } from "../../../host/network/byte-channel.ts";
import { exit, ExitError } from "../../../host/wasi/cli/exit.ts";
import { createMonotonicClock } from "../../../host/wasi/clocks/monotonic-clock.ts";
import type { Guest } from "../../../host/wasi/guest.ts";
import { Fields } from "../../../host/wasi/http/fields.ts";
import { OutgoingRequest } from "../../../host/wasi/http/outgoing-request.ts";
import { OutgoingResponse } from "../../../host/wasi/http/outgoing-response.ts";
import { RequestOptions } from "../../../host/wasi/http/request-options.ts";
import { ResponseOutparam, setResponse } from "../../../host/wasi/http/response-outparam.ts";
import { InputStream } from "../../../host/wasi/io/input-stream.ts";
import { OutputStream } from "../../../host/wasi/io/output-stream.ts";
import { random } from "../../../host/wasi/random/random.ts";
import { createSocketsImports } from "../../../host/wasi/sockets/imports.ts";
import { SocketQuota } from "../../../host/wasi/sockets/socket-quota.ts";
import { UdpSocket } from "../../../host/wasi/sockets/udp-socket.ts";
import { MountLab, openFile } from "./filesystem/lab.ts";
import { createGuest, EmptySource } from "./support.ts";

/** Calls a function as jco does for a component that declares other types than WASI. */
function lie(receiver: object, name: string, ...args: unknown[]): unknown {
  const method: unknown = Reflect.get(receiver, name);
  assert.ok(typeof method === "function", name);
  return Reflect.apply(method, receiver, args);
}

const WRONG = {
  name: "TypeError",
  message: /^An argument is no .*declares another type than WASI$/,
};

function traps(receiver: object, name: string, ...args: unknown[]): void {
  assert.throws(() => lie(receiver, name, ...args), WRONG, `${name} of ${typeof args[0]}`);
}

/** What is no `u64`: what JavaScript would compare with one, and what a component may declare in its place. */
const NO_U64 = ["4e9", 5, -1n, 2n ** 64n, undefined, {}, true];

describe("Functions whose types a component declares otherwise", () => {
  it("take no texts and no signed integers for lengths and times", () => {
    using guest = createGuest();
    const input = new InputStream(guest, new EmptySource());
    const output = new OutputStream(guest, new ByteChannel(4096));
    const clock = createMonotonicClock(guest);
    for (const value of NO_U64) {
      traps(random, "getRandomBytes", value);
      for (const name of ["subscribeInstant", "subscribeDuration"]) traps(clock, name, value);
      for (const name of ["read", "skip", "blockingRead"]) traps(input, name, value);
      for (const name of ["writeZeroes", "blockingWriteZeroesAndFlush"]) traps(output, name, value);
      traps(output, "splice", input, value);
    }
  });

  it("take nothing but bytes for bytes, and no records for resources", () => {
    using guest = createGuest();
    const output = new OutputStream(guest, new ByteChannel(4096));
    const fields = new Fields(guest);
    for (const bytes of ["text", Uint16Array.of(1), { buffer: { length: 2 ** 32 }, length: 1 }]) {
      traps(output, "write", bytes);
      traps(output, "blockingWriteAndFlush", bytes);
      traps(fields, "append", "name", bytes);
      traps(fields, "set", "name", [bytes]);
    }
    for (const name of ["splice", "blockingSplice"]) traps(output, name, { read: 1 }, 1n);
  });

  it("give no status but a number, and take no record for fields", () => {
    using guest = createGuest();
    for (const status of ["200\r\n", 2.5, -1, 65_536]) {
      traps(new OutgoingResponse(guest, new Fields(guest)), "setStatusCode", status);
      traps(new ResponseOutparam(guest), "sendInformational", status, new Fields(guest));
    }
    const record = { map: { entries: [["name", "value\r\n"]] } };
    const outparam = new ResponseOutparam(guest);
    traps(outparam, "sendInformational", 103, record);
    const body = new OutgoingResponse(guest, new Fields(guest)).body();
    traps(body, "finish", record);
    traps({ setResponse }, "setResponse", outparam, { tag: "ok", val: record });
    traps({ setResponse }, "setResponse", outparam, { tag: "err", val: { tag: "long text" } });
    for (const status of ["7", "x".repeat(1000), 256, -1]) traps(exit, "exitWithCode", status);
    assert.throws(() => exit.exitWithCode(255), ExitError);
  });

  it("send no request but one of texts", () => {
    using guest = createGuest();
    const request = new OutgoingRequest(guest, new Fields(guest));
    traps(request, "setMethod", { tag: "get / HTTP/1.1\r\n" });
    traps(request, "setMethod", { tag: "other", val: ["a"] });
    traps(request, "setScheme", { tag: "ftp" });
    for (const name of ["setPathWithQuery", "setAuthority"]) traps(request, name, ["/a"]);
    const fields = new Fields(guest);
    traps(fields, "append", ["a"], new Uint8Array());
    traps(fields, "set", ["a"], []);
    traps(fields, "delete", ["a"]);
    const options = new RequestOptions(guest);
    for (const value of NO_U64.filter((one) => one !== undefined)) {
      for (const name of ["Connect", "FirstByte", "BetweenBytes"]) {
        traps(options, `set${name}Timeout`, value);
      }
    }
  });

  it("set no option of a socket to what is no integer of its size", () => {
    using guest = createGuest();
    const socket = createSocket(guest);
    for (const value of NO_U64) {
      for (const name of ["setReceiveBufferSize", "setSendBufferSize"]) traps(socket, name, value);
    }
    for (const value of ["9".repeat(1000), 256, -1, 1n]) traps(socket, "setUnicastHopLimit", value);
    const { resolveAddresses } = createSocketsImports(guest)["wasi:sockets/ip-name-lookup"] ?? {};
    traps({ resolveAddresses }, "resolveAddresses", undefined, ["localhost"]);
  });

  it("write no file past the limit of its volume, and read none of the host's descriptors", () => {
    using lab = new MountLab(16_384);
    const file = openFile(lab.open(), "a", { create: true });
    for (const offset of NO_U64) {
      for (const name of ["writeViaStream", "readViaStream", "setSize"]) traps(file, name, offset);
      traps(file, "write", new Uint8Array(100), offset);
      traps(file, "read", offset, 0n);
      traps(file, "read", 1n, offset);
    }
    traps(file, "write", "text", 0n);
    traps(file, "isSameObject", { access: { file: { fd: 0 } } });
    traps(lab.open(), "openAt", {}, ["a"], {}, {});
    traps(lab.open(), "symlinkAt", Uint8Array.of(47), "link");
    assert.equal(statSync(join(lab.inside, "a")).size, 0);
  });
});

function createSocket(guest: Guest): UdpSocket {
  return new UdpSocket(guest, new SocketQuota(), "ipv4");
}
