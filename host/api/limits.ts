/** What one client, and all together, may take of a host through its API. */

/**
 * Bytes of a request's body. The text of manifests is read in the host's own thread, and text that is made to be
 * slow to read takes the better part of a second at this size.
 */
export const BODY_MAX: number = 256 * 1024;

/**
 * Bytes of manifests together that an administrator may apply at once: directories of them, and the largest objects
 * that Kubernetes stores. Whoever owns the host's process is not kept from making it slow.
 */
export const MANIFESTS_MAX: number = 8 * 1024 * 1024;

/** Bytes of the line and the fields of a request. */
export const HEADERS_MAX: number = 8 * 1024;

/** Characters of a request's target. */
export const URL_MAX = 2048;

/** Milliseconds for the head of a request, and for all of it. */
export const HEADERS_TIMEOUT = 10_000;
export const REQUEST_TIMEOUT = 30_000;

/** Connections to one address of the API at a time. */
export const CONNECTIONS_MAX = 256;

/** Streams of events at a time, over all addresses. */
export const STREAMS_MAX = 64;

/** Bytes that wait for the reader of a stream before it is cut. */
export const STREAM_BUFFER_MAX: number = 1024 * 1024;
