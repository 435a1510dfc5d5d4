import type { Connection } from "../network/network.ts";
import type { StreamPort } from "./stream-port.ts";
import type { StreamSink } from "./stream-sink.ts";
import type { StreamSource } from "./stream-source.ts";

/** The most that is moved from a connection to a stream at once. */
const CHUNK = 128 * 1024;

/** The streams of a connection, on the link that carries them. */
export interface SpliceStreams {
  readonly source: StreamSource;
  readonly sink: StreamSink;
  readonly link: StreamPort;
}

/**
 * Moves bytes between `connection` and the two streams until both directions have ended, at the pace of each reader.
 * An end, a reset and a reader who leaves are passed on, each by itself. It owns the connection.
 */
export function spliceConnection(connection: Connection, streams: SpliceStreams): void {
  let directions = 2;
  const finished = (): void => {
    directions -= 1;
    if (directions === 0) connection[Symbol.dispose]();
  };
  pumpIn(connection, streams, finished);
  pumpOut(connection, streams, finished);
}

/** What the visitor sends goes to the guest. */
function pumpIn(connection: Connection, { source }: SpliceStreams, finished: () => void): void {
  const { sink } = connection;
  let isFinished = false;
  let isMoving = false;
  const finish = (act: () => void): void => {
    // First, because acting on a stream calls whoever waits for it.
    isFinished = true;
    source.whenReadable.delete(step);
    sink.whenWritable.delete(step);
    act();
    finished();
  };
  const step = (): void => {
    // A guest that reads at once calls back while its bytes are being moved.
    if (isFinished || isMoving) return;
    // A reset overtakes what the guest has not taken.
    if (source.failure !== undefined) {
      finish(() => connection.reset());
      return;
    }
    isMoving = true;
    for (let capacity = sink.capacity; capacity > 0 && source.available > 0;) {
      const bytes = source.peek(capacity);
      sink.write(bytes);
      source.skip(bytes.length);
      capacity = sink.capacity;
    }
    isMoving = false;
    if (sink.closed) {
      finish(() => source.cancel());
    } else if (source.ended) {
      finish(() => sink.end());
    } else {
      // The sink also says that the guest left, so both are always listened to.
      source.whenReadable.add(step);
      sink.whenWritable.add(step);
    }
  };
  step();
}

/** What the guest sends goes to the visitor. What it writes during one turn of the loop leaves together. */
function pumpOut(
  connection: Connection,
  { sink, link }: SpliceStreams,
  finished: () => void,
): void {
  const { source } = connection;
  let isScheduled = false;
  let isFinished = false;
  const schedule = (): void => {
    if (isScheduled || isFinished) return;
    isScheduled = true;
    link.beforeFlush(step);
  };
  const finish = (act: () => void): void => {
    isFinished = true;
    source.whenReadable.delete(schedule);
    sink.whenWritable.delete(step);
    act();
    finished();
  };
  const step = (): void => {
    isScheduled = false;
    if (isFinished) return;
    for (let { capacity } = sink; capacity > 0 && source.available > 0; { capacity } = sink) {
      // Not from Buffer's pool: a pooled buffer cannot be transferred.
      const bytes = Buffer.allocUnsafeSlow(Math.min(source.available, capacity, CHUNK));
      source.readInto(bytes);
      sink.give(bytes);
    }
    const { failure } = source;
    if (sink.closed) finish(() => source.cancel());
    // A reset overtakes what the visitor has not taken.
    else if (failure !== undefined) finish(() => sink.abort(failure));
    else if (source.ended) finish(() => sink.end());
    else {
      source.whenReadable.add(schedule);
      sink.whenWritable.add(step);
    }
  };
  step();
}
