/** The head of an HTTP/1.1 request, whose body has been read past. */
export interface RequestHead {
  readonly method: string;
  /** As it was sent, beginning with `/`. */
  readonly path: string;
  /** By name in lower case; several values are joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the client expects to use the connection again. */
  readonly keepAlive: boolean;
}

/** A request that cannot be understood or served; the connection ends behind the answer. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The longest head, in bytes: request line and headers. */
const MAX_HEAD = 16 * 1024;

/** The longest body, in bytes; it is not looked at. */
const MAX_BODY = 1024 * 1024;

/** Puts requests together from reads of any size. The texts are Latin-1: a character for each byte. */
export class RequestParser {
  #text = "";
  /** Bytes of the last request's body that have not arrived. */
  #body = 0;

  /**
   * Takes what was read, and returns the requests whose heads it completes.
   *
   * @throws RequestError, after which nothing more can be read.
   */
  *push(bytes: string): Iterable<RequestHead> {
    this.#text += bytes;
    for (;;) {
      const skipped = Math.min(this.#body, this.#text.length);
      this.#text = this.#text.slice(skipped);
      this.#body -= skipped;
      if (this.#body > 0) return;
      // Empty lines before a request are allowed (RFC 9112 §2.2).
      this.#text = this.#text.replace(/^(?:\r\n)+/, "");
      const end = this.#text.indexOf("\r\n\r\n");
      if (end > MAX_HEAD || (end < 0 && this.#text.length > MAX_HEAD)) {
        throw new RequestError(431, "The head of the request is too long");
      }
      if (end < 0) return;
      const head = parseHead(this.#text.slice(0, end));
      this.#body = bodyLength(head.headers);
      this.#text = this.#text.slice(end + 4);
      yield head;
    }
  }
}

const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]+) (\/[!-~]*) HTTP\/1\.([01])$/;
const HEADER = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/;

function parseHead(text: string): RequestHead {
  const [line = "", ...fields] = text.split("\r\n");
  const [, method = "", path = "", minor] = REQUEST_LINE.exec(line) ?? [];
  if (minor === undefined) throw new RequestError(400, "This is no request of HTTP/1.1");
  const headers = new Map<string, string>();
  for (const field of fields) {
    const [, name, value] = HEADER.exec(field) ?? [];
    if (name === undefined || value === undefined) {
      throw new RequestError(400, "A header cannot be understood");
    }
    const key = name.toLowerCase();
    const present = headers.get(key);
    headers.set(key, present === undefined ? value : `${present}, ${value}`);
  }
  const connection = headers.get("connection")?.toLowerCase() ?? "";
  const keepAlive =
    minor === "1" ? !connection.includes("close") : connection.includes("keep-alive");
  return { method, path, headers, keepAlive };
}

function bodyLength(headers: ReadonlyMap<string, string>): number {
  // What cannot be delimited for certain is not guessed at: it could hide another request.
  if (headers.has("transfer-encoding")) throw new RequestError(411, "Send a Content-Length");
  const text = headers.get("content-length") ?? "0";
  if (!/^\d{1,15}$/.test(text)) throw new RequestError(400, "Content-Length is no number");
  if (Number(text) > MAX_BODY) throw new RequestError(413, "The body is too long");
  return Number(text);
}
