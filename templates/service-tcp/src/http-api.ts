import { MAX_LINE, PORT } from "./leet.ts";
import { HttpError } from "./lib/http-error.ts";
import { serve, type Request, type Response } from "./lib/http.ts";
import { Deadline, errorCode, TimeoutError } from "./lib/io.ts";
import { LineSplitter } from "./lib/line-splitter.ts";
import { dial } from "./lib/tcp.ts";
import { parseTask } from "./task.ts";
import page from "./ui.html";

/** The longest body of a request, in bytes. */
const MAX_BODY = 1024 * 1024;

/** Milliseconds for the service to answer. */
const SERVICE_TIMEOUT = 5_000;

/** The component: a page at `/`, and `POST /task` which has the service convert a text. */
export const incomingHandler = serve((request) => {
  switch (request.path) {
    case "/":
      allow(request, "GET", "HEAD");
      return { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body: page };
    case "/task":
      allow(request, "POST");
      return convert(request);
    default:
      throw new HttpError(404, "Not found");
  }
});

function allow(request: Request, ...methods: string[]): void {
  if (methods.includes(request.method)) return;
  const allowed = methods.join(", ");
  throw new HttpError(405, `${request.path} takes ${allowed}`, { allow: allowed });
}

function convert(request: Request): Response {
  const lines = parseTask(new TextDecoder().decode(request.body(MAX_BODY)), MAX_LINE);
  try {
    return { status: 200, body: `${ask(lines).join("\n")}\n` };
  } catch (error) {
    if (error instanceof TimeoutError) throw new HttpError(504, "The service does not answer");
    throw new HttpError(503, `The service cannot be reached: ${errorCode(error) ?? String(error)}`);
  }
}

/** Sends lines to the service and returns its answers, sending and reading at the same time. */
function ask(lines: readonly string[]): string[] {
  using deadline = new Deadline(SERVICE_TIMEOUT);
  using connection = dial("127.0.0.1", PORT, deadline);
  const request = new TextEncoder().encode(`${lines.join("\n")}\n`);
  const splitter = new LineSplitter(MAX_LINE);
  const answers: string[] = [];
  let sent = 0;
  while (answers.length < lines.length) {
    sent += connection.write(request.subarray(sent));
    const bytes = connection.read();
    if (bytes === undefined) throw new Error("it ended the connection");
    for (const answer of splitter.push(bytes)) answers.push(answer);
    if (bytes.length > 0) continue;
    if (sent < request.length) deadline.wait(connection.readable, connection.writable);
    else deadline.wait(connection.readable);
  }
  return answers;
}
