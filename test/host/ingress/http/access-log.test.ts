import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { AccessRecord } from "../../../../host/ingress/http/access-log.ts";
import { answerWith, dial, exchange, ingressTo, until } from "../../../support/ingress.ts";
import { MemoryBody } from "../../../support/memory-body.ts";

describe("The access log", () => {
  it("has one record for each request", async () => {
    const records: AccessRecord[] = [];
    await using ingress = await ingressTo(async () => answerWith(201, "hello"), {
      onAccess: (record) => records.push(record),
    });
    const head = "host: a:80\r\nuser-agent: test/1\r\ntraceparent: 00-1-2-01\r\n";
    await exchange(
      ingress,
      `PUT /a?b HTTP/1.1\r\n${head}\r\nGET ftp://x/ HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
    );
    await until(() => records.length === 2);
    const [first, second] = records;
    assert.ok(first !== undefined && first.duration >= 0 && first.time > 1e12);
    assert.deepEqual(
      { ...first, time: 0, duration: 0 },
      {
        time: 0,
        duration: 0,
        client: "127.0.0.1",
        protocol: "HTTP/1.1",
        scheme: "http",
        method: "PUT",
        host: "a:80",
        path: "/a?b",
        workload: "default/a",
        status: 201,
        bytes: 5,
        complete: true,
        userAgent: "test/1",
        traceparent: "00-1-2-01",
      },
    );
    assert.equal(second?.status, 400);
    assert.equal(second.workload, undefined);
  });

  it("tells an answer that was cut short, and a client that left without one", async () => {
    const records: AccessRecord[] = [];
    const body = new MemoryBody();
    await using ingress = await ingressTo(
      ({ head }) =>
        head.pathWithQuery === "/never"
          ? new Promise(() => undefined)
          : Promise.resolve({ head: { status: 200, headers: [] }, body }),
      { onAccess: (record) => records.push(record) },
    );
    const socket = await dial(ingress);
    socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    body.push("half");
    await until(() => socket.bytesRead > 0);
    socket.destroy();
    await until(() => records.length === 1);
    assert.deepEqual(
      [records[0]?.status, records[0]?.bytes, records[0]?.complete],
      [200, 4, false],
    );
    const other = await dial(ingress);
    other.write("GET /never HTTP/1.1\r\nhost: a\r\n\r\n");
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
    other.destroy();
    await until(() => records.length === 2);
    assert.deepEqual([records[1]?.status, records[1]?.complete], [undefined, false]);
  });
});
