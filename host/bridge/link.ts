import { LinkError } from "./error.ts";

/** What a link needs of a `Worker`, a `parentPort` or a `MessagePort`. */
export interface LinkPort {
  postMessage(value: unknown, transfer: ArrayBuffer[]): void;
  on(event: LinkPortEvent, listener: (value: unknown) => void): unknown;
  off(event: LinkPortEvent, listener: (value: unknown) => void): unknown;
  /** Present on ports, not on workers: those end with their thread. */
  close?(): void;
}

type LinkPortEvent = "message" | "messageerror" | "close" | "exit";

export interface LinkOptions<In> {
  /** Called for each message, in order. Whatever it throws is the sender's fault and ends the link. */
  receive(message: In): void;
  /** Called once, when the link ended for any reason but `close()` of this end. */
  ended(failure: LinkError): void;
}

/**
 * How many plain messages a batch has. With no limit the two threads take turns and each idles half of the time:
 * at 32 requests in flight 4 gave 1.6 times the rate of unlimited, and more than 1, 2, 3 and 8.
 */
const BATCH_MAX = 4;

/**
 * One end of an ordered stream of messages between two threads.
 *
 * Messages of one turn of the event loop cross in batches: waking a thread and serialising cost nearly as much
 * for one message as for several. A batch leaves when `BATCH_MAX` plain messages are together, so that the other
 * thread starts while this one goes on, or else in `setImmediate`, right after the events of this turn were handled: a lone message waits for nothing, since a pending immediate keeps the loop from sleeping,
 * and the answers to all requests of a batch meet in one. Leaving at the end of the microtasks instead
 * splits them, because each event has microtasks of its own.
 */
export class Link<Out, In> implements Disposable {
  readonly #port: LinkPort;
  readonly #options: LinkOptions<In>;
  #queue: (Out | PlainMessages)[] = [];
  #plain: Out[] = [];
  #transfer: ArrayBuffer[] = [];
  #beforeFlush: (() => void)[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  #failure: LinkError | undefined;

  constructor(port: LinkPort, options: LinkOptions<In>) {
    this.#port = port;
    this.#options = options;
    port.on("message", this.#onMessage);
    port.on("messageerror", this.#onMessageError);
    port.on("close", this.#onClose);
    port.on("exit", this.#onClose);
  }

  /** Why nothing crosses any more; undefined while the link works. */
  get failure(): LinkError | undefined {
    return this.#failure;
  }

  /**
   * Sends `message` after all that were sent before. A buffer in `transfer` belongs to the other end from now on.
   * On a link that ended the message is dropped: whoever waits for an answer was told by then.
   */
  send(message: Out, transfer?: ArrayBuffer): void {
    if (this.#failure !== undefined) return;
    this.#endPlain();
    this.#queue.push(message);
    if (transfer !== undefined) this.#transfer.push(transfer);
    this.#schedule();
  }

  /**
   * As `send`, for messages of plain data (what JSON can say, `undefined` left out). They cross as text,
   * which costs half of what cloning objects does.
   */
  sendPlain(message: Out): void {
    if (this.#failure !== undefined) return;
    this.#plain.push(message);
    if (this.#plain.length >= BATCH_MAX) this.#post();
    else this.#schedule();
  }

  /**
   * Calls `make` right before this turn's batch leaves. What it sends is in the batch:
   * so a message can hold all that came together during the turn.
   */
  beforeFlush(make: () => void): void {
    if (this.#failure !== undefined) return;
    this.#beforeFlush.push(make);
    this.#schedule();
  }

  /** Sends the batch now, for a thread that is about to end. */
  flush(): void {
    clearImmediate(this.#scheduled);
    this.#flush();
  }

  /** Ends the link because of `failure`; the first failure stays. */
  fail(failure: LinkError): void {
    if (this.#failure !== undefined) return;
    this.#detach(failure);
    this.#options.ended(failure);
  }

  /** Delivers what was sent and closes this end. The other end sees `closed`. Idempotent. */
  close(): void {
    if (this.#failure !== undefined) return;
    this.flush();
    this.#detach(new LinkError("closed", "The link was closed by this end"));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    this.#scheduled = undefined;
    try {
      for (let index = 0; index < this.#beforeFlush.length; index += 1) {
        this.#beforeFlush[index]?.();
      }
      this.#beforeFlush = [];
      // What was sent above scheduled a flush of its own; this one takes it along.
      clearImmediate(this.#scheduled);
      this.#scheduled = undefined;
      this.#post();
    } catch (error) {
      // Nobody above would catch it: thrown from here it would end the thread instead of the link.
      this.fail(new LinkError("send-failed", messageOf(error), { cause: error }));
    }
  };

  #endPlain(): void {
    if (this.#plain.length === 0) return;
    this.#queue.push({ plain: JSON.stringify(this.#plain) });
    this.#plain = [];
  }

  #post(): void {
    this.#endPlain();
    if (this.#queue.length === 0) return;
    const queue = this.#queue;
    const transfer = this.#transfer;
    this.#queue = [];
    this.#transfer = [];
    this.#port.postMessage(queue, transfer);
  }

  readonly #onMessage = (batch: unknown): void => {
    if (!this.#isBatch(batch)) {
      this.fail(new LinkError("protocol-violation", "The other end sent something but a batch"));
      return;
    }
    try {
      for (const message of batch) {
        if (isPlainMessages(message)) this.#receiveAll(JSON.parse(message.plain));
        else this.#receiveAll([message]);
      }
    } catch (error) {
      this.fail(
        error instanceof LinkError
          ? error
          : new LinkError("protocol-violation", messageOf(error), { cause: error }),
      );
    }
  };

  #receiveAll(messages: readonly In[]): void {
    for (const message of messages) {
      // Closed or failed by the message before.
      if (this.#failure !== undefined) return;
      this.#options.receive(message);
    }
  }

  readonly #onMessageError = (error: unknown): void => {
    this.fail(new LinkError("protocol-violation", messageOf(error), { cause: error }));
  };

  readonly #onClose = (): void => {
    this.fail(new LinkError("closed", "The other end is gone"));
  };

  /** The ends agree on their messages by type; one that does not fit is found where it is used. */
  #isBatch(value: unknown): value is readonly (In | PlainMessages)[] {
    return Array.isArray(value);
  }

  #detach(failure: LinkError): void {
    this.#failure = failure;
    clearImmediate(this.#scheduled);
    this.#queue = [];
    this.#transfer = [];
    this.#beforeFlush = [];
    this.#port.off("message", this.#onMessage);
    this.#port.off("messageerror", this.#onMessageError);
    this.#port.off("close", this.#onClose);
    this.#port.off("exit", this.#onClose);
    this.#port.close?.();
  }
}

/** A run of messages that `sendPlain` took, as the JSON text of their array. */
interface PlainMessages {
  readonly plain: string;
}

function isPlainMessages(message: unknown): message is PlainMessages {
  return (
    typeof message === "object" &&
    message !== null &&
    "plain" in message &&
    typeof message.plain === "string"
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
