import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
  type RequestHead,
  RequestError,
  RequestParser,
} from "../../../templates/service-web/src/request-parser.ts";
import { respond } from "../../../templates/service-web/src/response.ts";

function parse(...reads: string[]): RequestHead[] {
  const parser = new RequestParser();
  return reads.flatMap((read) => Array.from(parser.push(read)));
}

function isKept(version: string, connection: string): boolean | undefined {
  return parse(`GET / HTTP/${version}\r\nConnection: ${connection}\r\n\r\n`)[0]?.keepAlive;
}

function ask(line: string): string {
  const [head] = parse(`${line} HTTP/1.1\r\n\r\n`);
  assert(head !== undefined);
  return respond(head, { name: "one" });
}

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const POST = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";

describe("RequestParser", () => {
  it("reads requests cut at every place", () => {
    const text = GET + POST + GET;
    for (let cut = 0; cut <= text.length; cut++) {
      const heads = parse(text.slice(0, cut), text.slice(cut));
      assert.deepEqual(
        heads.map(({ method, path }) => `${method} ${path}`),
        ["GET /", "POST /x", "GET /"],
      );
    }
  });

  it("joins headers of one name, whatever their case", () => {
    const [head] = parse("GET / HTTP/1.1\r\nA: 1 \r\na:2\r\n\r\n");
    assert.equal(head?.headers.get("a"), "1, 2");
  });

  it("knows whether the connection is kept", () => {
    assert.equal(isKept("1.1", "x"), true);
    assert.equal(isKept("1.1", "Close"), false);
    assert.equal(isKept("1.0", "x"), false);
    assert.equal(isKept("1.0", "Keep-Alive"), true);
  });

  for (const [what, text, status] of [
    ["no request line", "hello\r\n\r\n", 400],
    ["a version that is another", "GET / HTTP/2.0\r\n\r\n", 400],
    ["a target that is no path", "GET http://a/ HTTP/1.1\r\n\r\n", 400],
    ["a header without a colon", "GET / HTTP/1.1\r\nabc\r\n\r\n", 400],
    ["a folded header", "GET / HTTP/1.1\r\nA: 1\r\n 2\r\n\r\n", 400],
    ["a space before the colon", "GET / HTTP/1.1\r\nContent-Length : 3\r\n\r\n", 400],
    ["a chunked body", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411],
    ["two lengths", "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", 400],
    ["a length below zero", "POST / HTTP/1.1\r\nContent-Length: -3\r\n\r\n", 400],
    ["a body that is too long", "POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n", 413],
    ["a head that is too long", `GET / HTTP/1.1\r\nA: ${"x".repeat(17_000)}\r\n\r\n`, 431],
    ["a head that does not end", `GET / HTTP/1.1\r\nA: ${"x".repeat(17_000)}`, 431],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => parse(text),
        (error) => error instanceof RequestError && error.status === status,
      );
    });
  }
});

describe("respond", () => {
  it("says who it is", () => {
    assert.match(ask("GET /"), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nHello from one\n$/);
  });

  it("sends no body to HEAD, but its length", () => {
    assert.match(ask("HEAD /"), /content-length: 15\r\n[^]*\r\n\r\n$/);
  });

  it("knows no other paths and methods", () => {
    assert.match(ask("GET /nothing"), /^HTTP\/1\.1 404 /);
    assert.match(ask("DELETE /"), /^HTTP\/1\.1 405 [^]*allow: GET, HEAD/);
  });
});
