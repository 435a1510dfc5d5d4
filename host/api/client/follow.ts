import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { Connection } from "./connection.ts";
import { UnreachableError } from "./error.ts";

export interface Followed<T> {
  readonly event: string;
  readonly data: T;
}

/**
 * The events of a stream, whose data is `T`, until it says that it ends. One that was cut because it was read too slowly goes on where it
 * was. Comes back, too, when `signal` aborts; rejects where the connection breaks.
 */
export async function* followEvents<T>(
  connection: Connection,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Followed<T>> {
  let lastId: string | undefined;
  for (;;) {
    let isCut = false;
    try {
      for await (const { event = "message", data, id } of read(connection, path, lastId, signal)) {
        lastId = id ?? lastId;
        if (event === "end") return;
        isCut ||= event === "cut";
        if (event === "cut") continue;
        const value: T = JSON.parse(data);
        yield { event, data: value };
      }
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    if (!isCut) throw new UnreachableError("The islet host has gone away", true);
  }
}

async function* read(
  connection: Connection,
  path: string,
  lastId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<EventSourceMessage> {
  const { body } = await connection.send("GET", path, {
    signal,
    headers: {
      accept: "text/event-stream",
      ...(lastId !== undefined && { "last-event-id": lastId }),
    },
  });
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  const decoder = new TextDecoder();
  const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await chunks.next().catch((error: unknown) => {
        if (signal.aborted) throw error;
        // A host that dies leaves half an answer.
        return { done: true, value: undefined } as const;
      });
      if (done === true) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* messages.splice(0);
    }
  } finally {
    body.destroy();
  }
}
