import type { FastifyReply } from "fastify";
import { OperationError } from "../workload/operation-error.ts";
import type { ApiContext } from "./context.ts";
import { endWhenGone } from "./gone.ts";

/** Answers with a stream that has the whole of something, now and whenever it is another. */
export function sendSnapshots(
  reply: FastifyReply,
  event: string,
  id: string,
  snapshot: () => unknown,
  context: ApiContext,
): FastifyReply {
  const first = snapshot();
  const stream = context.streams.open(reply);
  let last = JSON.stringify(first);
  stream.send({ event, data: first });
  let isQueued = false;
  const update = (): void => {
    isQueued = false;
    if (stream.isOver) return;
    const data = snapshotOrNothing(snapshot);
    const text = JSON.stringify(data);
    if (data === undefined || text === last) return;
    last = text;
    stream.send({ event, data });
  };
  // What changed is in place only after those who are told of it have been told.
  stream.use(
    context.events.follow(() => {
      if (!isQueued) queueMicrotask(update);
      isQueued = true;
    }),
  );
  endWhenGone(stream, id, context);
  return reply;
}

/** A workload that was deleted has nothing to show; its stream ends of itself. */
function snapshotOrNothing(snapshot: () => unknown): unknown {
  try {
    return snapshot();
  } catch (error) {
    if (error instanceof OperationError) return undefined;
    throw error;
  }
}
