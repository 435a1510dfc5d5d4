import type { ApiContext } from "./context.ts";
import type { EventStream } from "./event-stream.ts";

/** Ends a stream about a workload once the host does not know the workload any more. */
export function endWhenGone(
  stream: EventStream,
  id: string,
  { events }: Pick<ApiContext, "events">,
): void {
  stream.use(
    events.follow((_entry, event) => {
      if (event.tag === "deleted" && event.id === id) stream.end("The workload was deleted");
    }),
  );
}
