import assert from "node:assert/strict";
import { request } from "node:http";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { Json, ServedApi } from "./served.ts";

/** A stream of events that a test reads; disposing of it hangs up. */
export interface Events extends Disposable {
  readonly status: number;
  readonly type: string | undefined;
  /** The next event; undefined once the stream is over. */
  next(): Promise<EventSourceMessage | undefined>;
  /** The data of the next event, which must be called so. */
  data(event: string): Promise<Json>;
}

/** Opens a stream over the socket. */
export async function openEvents(
  { socketPath }: Pick<ServedApi, "socketPath">,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Events> {
  const opened = Promise.withResolvers<{ status: number; type: string | undefined }>();
  const messages: EventSourceMessage[] = [];
  let isOver = false;
  let wake = nothing;
  const parser = createParser({
    onEvent: (message) => {
      messages.push(message);
      wake();
    },
  });
  const finish = (): void => {
    isOver = true;
    wake();
  };
  const outgoing = request({ socketPath, path, headers: { host: "localhost", ...headers } });
  outgoing.on("error", (error) => {
    opened.reject(error);
    finish();
  });
  outgoing.on("response", (response) => {
    opened.resolve({
      status: response.statusCode ?? 0,
      type: response.headers["content-type"],
    });
    response.setEncoding("utf8").on("data", (text: string) => parser.feed(text));
    response.on("close", finish).on("error", finish);
  });
  outgoing.end();
  const { status, type } = await opened.promise;

  async function next(): Promise<EventSourceMessage | undefined> {
    while (messages.length === 0 && !isOver) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    }
    return messages.shift();
  }

  return {
    status,
    type,
    next,
    async data(event) {
      const message = await next();
      assert.equal(message?.event, event, JSON.stringify(message));
      return JSON.parse(message?.data ?? "");
    },
    [Symbol.dispose]: () => outgoing.destroy(),
  };
}

function nothing(): void {}
