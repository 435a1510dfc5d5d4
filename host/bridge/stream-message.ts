import type { FieldList } from "../wasi/http/message.ts";
import type { Failure } from "./failure.ts";

/** Bytes that a writer may have under way on one stream before the reader has taken them, to begin with. */
export const STREAM_WINDOW: number = 256 * 1024;

/**
 * The most that a reader lets it become, where it takes bytes as fast as they come: with the first window alone a fast
 * writer and a fast reader wait for each other most of the time. It stays as large as it became; a reader that was
 * never fast has no more than the first.
 */
export const STREAM_WINDOW_MAX: number = 1024 * 1024;

/**
 * The life of one stream. A stream has one direction and is announced by another message that carries its ID;
 * an ID is unique among the streams of its direction.
 * The writer sends any number of `data` and then exactly one of `end` and `abort`, even after a `cancel`;
 * the reader sends `credit` and at most one `cancel`. A stream in both directions is two streams.
 */
export type StreamMessage =
  | { readonly tag: "stream-data"; readonly id: number; readonly bytes: Uint8Array }
  /** The memory of this end's `ChunkLender`; once, before the first `stream-chunk`. */
  | { readonly tag: "stream-memory"; readonly memory: SharedArrayBuffer }
  /** As `stream-data`: the first `length` bytes of a chunk of that memory. */
  | {
      readonly tag: "stream-chunk";
      readonly id: number;
      readonly chunk: number;
      readonly length: number;
    }
  | {
      readonly tag: "stream-end";
      readonly id: number;
      readonly trailers: FieldList | undefined;
    }
  | { readonly tag: "stream-abort"; readonly id: number; readonly failure: Failure }
  /** The reader took this many bytes; the writer may send as many again, and those by which the window grows. */
  | {
      readonly tag: "stream-credit";
      readonly id: number;
      readonly bytes: number;
      readonly growth?: number | undefined;
    }
  | { readonly tag: "stream-cancel"; readonly id: number }
  /** The writers of this end have little memory left, or enough again: readers credit at once in between. */
  | { readonly tag: "stream-pressure"; readonly isTight: boolean };

/**
 * A body inside the message that announces it.
 * `complete` and `text` are all there is: no stream is opened. `stream` opens the stream with the ID of the message;
 * its first bytes count against the window.
 */
export type BodyMessage =
  | {
      readonly tag: "complete";
      readonly bytes: Uint8Array;
      readonly trailers: FieldList | undefined;
    }
  /** As `complete`, each character a byte (Latin-1): a small body travels as text with its head. */
  | { readonly tag: "text"; readonly text: string; readonly trailers?: FieldList | undefined }
  | { readonly tag: "stream"; readonly first: Uint8Array };
