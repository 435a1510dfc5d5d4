import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ProtocolError, type ProtocolErrorCode } from "../../../../host/tunnel/protocol/error.ts";
import {
  type ClientMessage,
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
  type ServerMessage,
} from "../../../../host/tunnel/protocol/message.ts";

const ID = "67e55044-10b1-426f-9247-bb680e5fe0c8";

describe("Client messages", () => {
  const cases: readonly (readonly [ClientMessage, string])[] = [
    [{ tag: "authenticate", answer: "10f5" }, '{"Authenticate":"10f5"}'],
    [{ tag: "hello", port: 0 }, '{"Hello":0}'],
    [{ tag: "hello", port: 65535 }, '{"Hello":65535}'],
    [{ tag: "accept", visitor: ID }, `{"Accept":"${ID}"}`],
    [{ tag: "open", port: 80, lease: ID }, `{"Open":{"port":80,"lease":"${ID}"}}`],
    [{ tag: "heartbeat" }, '"Heartbeat"'],
    [{ tag: "tls" }, '"Tls"'],
  ];
  for (const [message, json] of cases) {
    it(`spells ${message.tag} as ${json}, and reads it`, () => {
      assert.equal(encodeClientMessage(message), json);
      assert.deepEqual(decodeClientMessage(json), message);
    });
  }

  const refused: readonly (readonly [string, ProtocolErrorCode])[] = [
    ["", "invalid-json"],
    ["HELLO 1\n8420\n", "invalid-json"],
    ['{"Hello":', "invalid-json"],
    ['{"Hello":65536}', "unknown-message"],
    ['{"Hello":-1}', "unknown-message"],
    ['{"Hello":1.5}', "unknown-message"],
    ['{"Hello":"80"}', "unknown-message"],
    ['{"Hello":[80,"host"]}', "unknown-message"],
    ['{"hello":80}', "unknown-message"],
    ['{"Hello":80,"Accept":"x"}', "unknown-message"],
    ['"Hello"', "unknown-message"],
    ['{"Heartbeat":null}', "unknown-message"],
    ['{"Accept":"x"}', "unknown-message"],
    ['{"Authenticate":7}', "unknown-message"],
    ['{"Open":{"port":80}}', "unknown-message"],
    ['{"__proto__":{"Hello":80}}', "unknown-message"],
    ["null", "unknown-message"],
    ["[]", "unknown-message"],
    ["7", "unknown-message"],
    ["{}", "unknown-message"],
  ];
  for (const [json, code] of refused) {
    it(`refuses ${JSON.stringify(json)}: ${code}`, () => {
      assert.throws(
        () => decodeClientMessage(json),
        (error) => error instanceof ProtocolError && error.code === code,
      );
    });
  }
});

describe("Server messages", () => {
  const cases: readonly (readonly [ServerMessage, string])[] = [
    [{ tag: "challenge", challenge: ID }, `{"Challenge":"${ID}"}`],
    [{ tag: "hello", port: 38492 }, '{"Hello":38492}'],
    [{ tag: "heartbeat" }, '"Heartbeat"'],
    [{ tag: "connection", visitor: ID }, `{"Connection":"${ID}"}`],
    [
      { tag: "visitor", visitor: ID, from: "192.0.2.1:80" },
      `{"Visitor":{"id":"${ID}","from":"192.0.2.1:80"}}`,
    ],
    [{ tag: "error", message: "port already in use" }, '{"Error":"port already in use"}'],
    [{ tag: "tls" }, '"Tls"'],
  ];
  for (const [message, json] of cases) {
    it(`spells ${message.tag} as ${json}, and reads it`, () => {
      assert.equal(encodeServerMessage(message), json);
      assert.deepEqual(decodeServerMessage(json), message);
    });
  }

  for (const json of ['{"Accept":"x"}', '{"Connection":1}', '{"Error":{}}', '{"Visitor":{}}']) {
    it(`refuses ${json}`, () => {
      assert.throws(() => decodeServerMessage(json), ProtocolError);
    });
  }

  it("does not repeat what a terminal would obey", () => {
    assert.throws(
      () => decodeServerMessage("\u001b[2J"),
      (error) => error instanceof ProtocolError && !error.message.includes("\u001b"),
    );
  });

  it("reads a UUID in each form that bore's parser takes", () => {
    const simple = ID.replaceAll("-", "");
    for (const form of [ID.toUpperCase(), simple, `{${ID}}`, `urn:uuid:${ID}`]) {
      assert.deepEqual(decodeServerMessage(JSON.stringify({ Connection: form })), {
        tag: "connection",
        visitor: ID,
      });
    }
    for (const form of [`${ID}0`, `{${ID}`, simple.slice(1), `urn:${ID}`]) {
      assert.throws(() => decodeServerMessage(JSON.stringify({ Connection: form })), ProtocolError);
    }
  });
});
