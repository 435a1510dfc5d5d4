import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { join } from "node:path";
import { describe, it } from "mocha";
import { readFields } from "../../../../host/ingress/http/request-fields.ts";
import type { Visitor } from "../../../../host/ingress/http/visitor.ts";
import { answerWith, ingressTo } from "../../../support/ingress.ts";

const FIXTURE = join(import.meta.dirname, "../../../fixture/tls");
const FILES = {
  hosts: [],
  certFile: join(FIXTURE, "certificate.pem"),
  keyFile: join(FIXTURE, "key.pem"),
};

describe("readFields", () => {
  it("joins the cookies of a request where the first is, and nothing else", () => {
    const raw = ["Cookie", "a=1", "X-One", "1", "cookie", "b=2", "x-one", "2", "COOKIE", "c=3"];
    const visitor: Visitor = {
      address: "192.0.2.1",
      isTrusted: false,
      scheme: "http",
      requests: 1,
      active: 1,
    };
    assert.deepEqual(readFields(raw, visitor, "a")?.fields.slice(0, 3), [
      ["cookie", "a=1; b=2; c=3"],
      ["x-one", "1"],
      ["x-one", "2"],
    ]);
  });

  it("joins what HTTP/2 splits", async () => {
    await using ingress = await ingressTo(
      async ({ head }) =>
        answerWith(200, JSON.stringify(head.headers.filter(([name]) => name === "cookie"))),
      { tls: { certificates: [FILES] } },
    );
    const url = `https://localhost:${ingress.address.port}`;
    const session = connect(url, { rejectUnauthorized: false });
    const stream = session.request({ ":path": "/", cookie: ["a=1", "b=2"] });
    await once(stream, "response");
    const text = Buffer.concat(await stream.toArray()).toString();
    session.destroy();
    assert.equal(text, '[["cookie","a=1; b=2"]]');
  });
});
