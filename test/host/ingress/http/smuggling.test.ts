import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { answerWith, exchange, ingressTo } from "../../../support/ingress.ts";
import { textOf } from "../../../support/memory-body.ts";

/** The second request that an attacker would like somebody to see. */
const HIDDEN = "GET /hidden HTTP/1.1\r\nhost: a\r\n\r\n";

/** Heads about whose body two readers could differ, and heads that are no HTTP. */
const REFUSED: Readonly<Record<string, string>> = {
  "content-length and transfer-encoding": "content-length: 5\r\ntransfer-encoding: chunked\r\n",
  "transfer-encoding and content-length": "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
  "two content-lengths": "content-length: 5\r\ncontent-length: 6\r\n",
  "the same content-length twice": "content-length: 5\r\ncontent-length: 5\r\n",
  "a list of content-lengths": "content-length: 5, 5\r\n",
  "a negative content-length": "content-length: -1\r\n",
  "a signed content-length": "content-length: +5\r\n",
  "a hexadecimal content-length": "content-length: 0x5\r\n",
  "a content-length with a comment": "content-length: 5 (five)\r\n",
  "a content-length that overflows": `content-length: ${"9".repeat(30)}\r\n`,
  "an empty content-length": "content-length: \r\n",
  "an unknown coding": "transfer-encoding: xchunked\r\n",
  "a coding behind chunked": "transfer-encoding: chunked, identity\r\n",
  "chunked twice": "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
  "a coding with a tab in its name": "transfer\tencoding: chunked\r\n",
  "a space in front of the colon": "transfer-encoding : chunked\r\n",
  "a space in front of the name": " transfer-encoding: chunked\r\n",
  "a folded line": "x: a\r\n transfer-encoding: chunked\r\n",
  "a bare line feed": "x: a\ntransfer-encoding: chunked\r\n",
  "a bare carriage return": "x: a\rtransfer-encoding: chunked\r\n",
  "a null character in a value": "x: a\0b\r\n",
  "a null character in a name": "x\0: a\r\n",
  "a control character in a value": "x: a\x01b\r\n",
  "a name that is empty": ": a\r\n",
  "a line without a colon": "transfer-encoding\r\n",
  "a second host": "host: b\r\n",
  "a second host that is the same": "host: a\r\n",
};

const FIRST_LINES: readonly string[] = [
  "GET / HTTP/1.1 x",
  "GET / HTTP/1.10",
  "GET / HTTP/2.0",
  "GET / HTTP/9.9",
  "GET / http/1.1",
  "GET / HTTP/1,1",
  "GET\t/ HTTP/1.1",
  "G\0T / HTTP/1.1",
  "GET /\x01 HTTP/1.1",
  "GET / a HTTP/1.1",
  "GET",
  "/ HTTP/1.1",
  "GET a HTTP/1.1",
  "PRI * HTTP/2.0",
  "CONNECT a:443 HTTP/1.1",
];

const CHUNKS: Readonly<Record<string, string>> = {
  "a size that is no number": "x\r\nhi\r\n0\r\n\r\n",
  "a negative size": "-1\r\nhi\r\n0\r\n\r\n",
  "a prefix of hexadecimal": "0x2\r\nhi\r\n0\r\n\r\n",
  "a size that overflows": "ffffffffffffffff1\r\nhi\r\n0\r\n\r\n",
  "a bare line feed behind the size": "2\nhi\r\n0\r\n\r\n",
  "a bare line feed behind the data": "2\r\nhi\n0\r\n\r\n",
  "more data than the size says": "1\r\nhi\r\n0\r\n\r\n",
  "a space in front of the size": " 2\r\nhi\r\n0\r\n\r\n",
  "a null character in an extension": "2;a=\0\r\nhi\r\n0\r\n\r\n",
  "a line feed in an extension": "2;a\nb\r\nhi\r\n0\r\n\r\n",
};

describe("HttpIngress and requests that two readers would read differently", () => {
  for (const [title, fields] of Object.entries(REFUSED)) {
    it(`refuses ${title}`, () => refuses(`POST / HTTP/1.1\r\nhost: a\r\n${fields}\r\n0\r\n\r\n`));
  }
  for (const line of FIRST_LINES) {
    it(`refuses the line ${JSON.stringify(line)}`, () => refuses(`${line}\r\nhost: a\r\n\r\n`));
  }
  for (const [title, chunks] of Object.entries(CHUNKS)) {
    it(`refuses chunks with ${title}`, () =>
      refuses(`POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`));
  }

  it("refuses chunks in HTTP/1.0, or closes the connection behind them", () =>
    refuses("POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"));

  it("refuses a target of another scheme, and takes the next request for what it is", async () => {
    const { answers, paths } = await send(`GET ftp://a/ HTTP/1.1\r\nhost: a\r\n\r\n${HIDDEN}`);
    assert.match(answers, /^HTTP\/1.1 400.*HTTP\/1.1 200/s);
    assert.deepEqual(paths, ["/hidden"]);
  });

  it("takes what is only unusual", async () => {
    const { answers, paths } = await send(
      'POST /one HTTP/1.1\r\nHOST:a\r\nTransfer-Encoding:\tChunked \r\n\r\n02;ext="x"\r\nhi\r\n000\r\nx: y\r\n\r\n' +
        "GET http://a/two HTTP/1.1\r\nhost: b\r\n\r\n" +
        "OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n" +
        "GET /three HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi",
    );
    assert.equal(answers.split("HTTP/1.1 200").length - 1, 4);
    assert.deepEqual(paths, ["/one", "/two", "*", "/three"]);
  });
});

/** The request is answered with an error or not at all, and what is hidden behind it is seen by nobody. */
async function refuses(request: string): Promise<void> {
  const { answers, paths } = await send(request + HIDDEN);
  assert.ok(!paths.includes("/hidden"), answers);
  assert.ok(!answers.includes("HTTP/1.1 200") || answers.includes("HTTP/1.1 400"), answers);
}

async function send(text: string): Promise<{ readonly answers: string; readonly paths: string[] }> {
  const paths: string[] = [];
  await using ingress = await ingressTo(
    async ({ head, body }) => {
      // What breaks while it is read has been seen, but led to nothing.
      await textOf(body);
      paths.push(head.pathWithQuery);
      return answerWith(200, "ok");
    },
    { onError: () => undefined, limits: { keepAliveTimeout: 100, headerTimeout: 500 } },
  );
  return { answers: await exchange(ingress, text), paths };
}
