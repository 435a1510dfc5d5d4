import { type IncomingMessage, request as sendRequest } from "node:http";
import type { Duplex } from "node:stream";
import type { CancelSignal } from "../../network/cancel-signal.ts";
import { ConnectionSocket } from "../../wasi/http/client/connection-socket.ts";
import type { FieldList, RequestHead } from "../../wasi/http/message.ts";
import { toFieldList } from "./field-list.ts";
import { endToEnd } from "./hop-by-hop.ts";
import { type HttpTarget, TargetError } from "./target.ts";

/** What a server said to an upgrade. Whoever takes it destroys its stream. */
export type UpgradeAnswer =
  | (AnswerHead & { readonly tag: "agreed"; readonly stream: Duplex; readonly rest: Buffer })
  | (AnswerHead & { readonly tag: "refused"; readonly stream: IncomingMessage });

interface AnswerHead {
  readonly status: number;
  /** The head as it is to be sent to the client, in Latin-1. */
  readonly text: string;
}

/** Milliseconds that a server may take to answer. */
const TIMEOUT = 30_000;

/** Asks the server behind `target` for an upgrade. Rejects with `TargetError`, or with the signal's reason. */
export async function requestUpgrade(
  target: HttpTarget,
  { method, pathWithQuery, authority, headers }: RequestHead,
  signal: CancelSignal,
): Promise<UpgradeAnswer> {
  const origin = { workload: target.workload, guest: "service" };
  const connection = await target.connect?.(signal);
  if (connection === undefined) {
    throw new TargetError("guest-failed", "The workload takes no upgrades", origin);
  }
  const socket = new ConnectionSocket(connection);
  const { promise, resolve, reject } = Promise.withResolvers<UpgradeAnswer>();
  const onAbort = (): void => fail(signal.reason);
  const outgoing = sendRequest({
    method,
    path: pathWithQuery,
    headers: toUpstream(headers, authority),
    setHost: false,
    createConnection: () => socket,
  });
  const timer = setTimeout(() => {
    fail(new TargetError("timeout", `The service gave no answer in ${TIMEOUT} ms`, origin));
  }, TIMEOUT);
  signal.addEventListener("abort", onAbort, { once: true });
  outgoing
    .on("upgrade", (answer, stream, rest) => {
      const text = toHead(answer, fieldsOf(answer));
      resolve({ tag: "agreed", status: 101, text, stream, rest });
    })
    .on("response", (answer) => {
      const fields: FieldList = [...endToEnd(fieldsOf(answer)), ["connection", "close"]];
      const status = answer.statusCode ?? 502;
      resolve({ tag: "refused", status, text: toHead(answer, fields), stream: answer });
    })
    .on("error", (error) => {
      const reason = `The service gave no answer: ${error.message}`;
      fail(new TargetError("guest-failed", reason, origin, { cause: error }));
    })
    .end();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }

  function fail(error: unknown): void {
    reject(error);
    // With an error the connection is reset, so that the server gives up as well.
    socket.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** The request as it was, without what is of the client's connection; the upgrade is what this one is for. */
function toUpstream(fields: FieldList, authority: string | undefined): string[] {
  const upgrade = fields.filter(([name]) => name === "upgrade").map(([, value]) => String(value));
  const rest = endToEnd(fields).filter(([name]) => name !== "host" && name !== "expect");
  const head: FieldList = [
    ["host", authority ?? "localhost"],
    ["connection", "upgrade"],
    ["upgrade", upgrade.join(", ")],
  ];
  return [...head, ...rest].flatMap(([name, value]) => [name, String(value)]);
}

function fieldsOf({ rawHeaders }: IncomingMessage): FieldList {
  return toFieldList(rawHeaders);
}

function toHead({ statusCode, statusMessage }: IncomingMessage, fields: FieldList): string {
  const lines = fields.map(([name, value]) => `${name}: ${String(value)}\r\n`);
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join("")}\r\n`;
}
