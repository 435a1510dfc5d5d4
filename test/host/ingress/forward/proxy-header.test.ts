import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  formatProxyHeader,
  parseProxyHeader,
} from "../../../../host/ingress/forward/proxy-header.ts";
import { toText } from "../../../../host/network/socket-address.ts";
import { readText, until } from "../../bridge/support.ts";
import { ipv4, ipv6 } from "../../bridge/way-in-support.ts";
import { FakeClock } from "../../workload/fake-clock.ts";
import { ask, dial, echo, endOf, Harbour } from "./support.ts";

const V2 = "0d0a0d0a000d0a515549540a";

describe("PROXY header", () => {
  const valid: [string, Buffer, string | undefined][] = [
    ["TCP4", Buffer.from("PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\n"), "192.0.2.1:56324"],
    ["TCP6", Buffer.from("PROXY TCP6 2001:db8::1 ::1 1 2\r\n"), "[2001:db8::1]:1"],
    ["UNKNOWN", Buffer.from("PROXY UNKNOWN\r\n"), undefined],
    ["UNKNOWN with more", Buffer.from("PROXY UNKNOWN ffff::1 ::1 1 2\r\n"), undefined],
    ["v2 over IPv4", hex("2111000c c0000201 0a000001 dc04 01bb"), "192.0.2.1:56324"],
    [
      "v2 over IPv6 with an extension",
      hex(
        `21210027 20010db8${"0".repeat(22)}01 ${"0".repeat(30)}1a 0001 0002 04 0000`.replace(
          "1a",
          "01",
        ),
      ),
      "[2001:db8::1]:1",
    ],
    ["v2 of the proxy itself", hex("20000000"), undefined],
    ["v2 from a Unix socket", hex(`213100d8 ${"00".repeat(216)}`), undefined],
  ];
  for (const [name, header, source] of valid) {
    it(`is read: ${name}, in any pieces`, () => {
      const bytes = Buffer.concat([header, Buffer.from("rest")]);
      const parsed = parseProxyHeader(bytes);
      assert.ok(parsed.tag === "header");
      assert.equal(parsed.length, header.length);
      assert.equal(parsed.source && toText(parsed.source), source);
      for (let length = 0; length < header.length; length += 1) {
        assert.equal(parseProxyHeader(bytes.subarray(0, length)).tag, "incomplete", `${length}`);
      }
    });
  }

  const invalid: [string, Buffer][] = [
    ["no header", Buffer.from("GET / HTTP/1.1\r\n")],
    ["another protocol", Buffer.from("PROXY UDP4 1.1.1.1 1.1.1.1 1 1\r\n")],
    ["a name", Buffer.from("PROXY TCP4 localhost 1.1.1.1 1 1\r\n")],
    ["an address of the other family", Buffer.from("PROXY TCP4 ::1 1.1.1.1 1 1\r\n")],
    ["a port too large", Buffer.from("PROXY TCP4 1.1.1.1 1.1.1.1 65536 1\r\n")],
    ["no port", Buffer.from("PROXY TCP4 1.1.1.1 1.1.1.1\r\n")],
    ["a line too long", Buffer.from(`PROXY TCP4 ${"1".repeat(107)}\r\n`)],
    ["v2 of version 1", hex("1111000c c0000201 0a000001 dc04 01bb")],
    ["v2 of an unknown command", hex("2211000c c0000201 0a000001 dc04 01bb")],
    ["v2 too short", hex("21110004 c0000201")],
    ["v2 too long", hex(`2111ffff ${"00".repeat(12)}`)],
  ];
  for (const [name, bytes] of invalid) {
    it(`is refused: ${name}`, () => assert.equal(parseProxyHeader(bytes).tag, "invalid"));
  }

  it("is read as it was written, in both versions", () => {
    for (const version of ["v1", "v2"] as const) {
      for (const [source, to] of [
        [ipv4("203.0.113.7", 65_535), ipv4("127.0.0.1", 80)],
        [ipv6("2001:db8::c000:201", 1), ipv6("::1", 80)],
        [ipv6("::", 1), ipv6("::ffff:1.2.3.4", 80)],
      ] as const) {
        const parsed = parseProxyHeader(formatProxyHeader(version, source, to));
        assert.equal(
          parsed.tag === "header" && parsed.source && toText(parsed.source),
          toText(source),
        );
      }
      const unknown = parseProxyHeader(
        formatProxyHeader(version, ipv4("1.1.1.1", 1), ipv6("::1", 1)),
      );
      assert.ok(unknown.tag === "header" && unknown.source === undefined);
    }
  });

  it("is read from any bytes without an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isV2) => {
        parseProxyHeader(Buffer.concat([isV2 ? hex("") : Buffer.from("PROXY TCP4 "), bytes]));
      }),
    );
  });
});

describe("Forward with the PROXY protocol", () => {
  it("shows the guest whom a proxy in front names, and sends what comes behind", async () => {
    await using harbour = new Harbour();
    const peers: string[] = [];
    harbour.serve((connection) => {
      peers.push(toText(connection.remote));
      echo(connection);
    });
    const { host } = await harbour.add("auto:80", { proxy: { inbound: true } });
    const v1 = "PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\nhello";
    assert.equal(await ask(await dial(host), v1), "hello");
    const client = await dial(host);
    const header = formatProxyHeader("v2", ipv4("192.0.2.2", 7), ipv4("10.0.0.1", 80));
    for (const byte of header) client.write(Uint8Array.of(byte));
    assert.equal(await ask(client, "piecewise"), "piecewise");
    assert.deepEqual(peers, ["192.0.2.1:56324", "192.0.2.2:7"]);
  });

  it("resets who sends no header, a wrong one, or none in time", async () => {
    const clock = new FakeClock();
    await using harbour = new Harbour({ clock });
    harbour.serve();
    const forward = await harbour.add("auto:80", { proxy: { inbound: true } });
    const wrong = await dial(forward.host);
    wrong.write("GET / HTTP/1.1\r\n");
    assert.equal(await endOf(wrong), "ECONNRESET");
    assert.equal(
      harbour.now(forward).stats.lastError?.message,
      "The visitor sent no valid PROXY header",
    );
    const early = await dial(forward.host);
    early.end("PROXY TC");
    assert.equal(await endOf(early), "ECONNRESET");
    const silent = await dial(forward.host);
    await until(() => harbour.now(forward).stats.open === 1);
    const end = endOf(silent);
    clock.advance(5_000);
    assert.equal(await end, "ECONNRESET");
    assert.equal(harbour.now(forward).stats.refused, 3);
  });

  for (const version of ["v1", "v2"] as const) {
    it(`tells the guest who visits, in ${version}`, async () => {
      await using harbour = new Harbour();
      const text = Promise.withResolvers<string>();
      harbour.serve((connection) => text.resolve(readText(connection.source)));
      const { host } = await harbour.add("auto:80", { proxy: { outbound: version } });
      const client = await dial(host);
      const source = ipv4("127.0.0.1", client.localPort ?? 0);
      client.end("hello");
      const header = formatProxyHeader(version, source, ipv4("127.0.0.1", host));
      assert.equal(await text.promise, `${header.toString()}hello`);
      client.destroy();
    });
  }
});

function hex(rest: string): Buffer {
  return Buffer.from(V2 + rest.replaceAll(" ", ""), "hex");
}
