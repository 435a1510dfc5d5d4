import { poll, type Pollable } from "wasi:io/poll@0.2.12";
import { errorCode } from "./io.ts";
import { listen, type Connection, type Listener } from "./tcp.ts";

/** One connection of a server. It never waits itself: it says what it waits for, and goes on when that has happened. */
export interface Session extends Disposable {
  /** What has to happen before `advance()` can do something. */
  waitsFor(): Iterable<Pollable>;
  /** Reads, answers and writes as far as that goes without waiting. Returns whether the session goes on. */
  advance(): boolean;
}

/** More connections wait in the listener's backlog. */
const MAX_SESSIONS = 240;

/** Serves a port for ever, any number of connections at once in one loop around `poll`. */
export function serveTcp(port: number, open: (connection: Connection) => Session): never {
  using listener = listen(port);
  console.log(`listening on 0.0.0.0:${port}`);
  const sessions = new Set<Session>();
  let accepting = true;
  for (;;) {
    const { ready, acceptable } = wait(sessions, accepting ? listener : undefined);
    for (const session of ready) {
      if (session.advance()) continue;
      session[Symbol.dispose]();
      sessions.delete(session);
      accepting = true;
    }
    if (acceptable) accepting = accept(listener, sessions, open);
  }
}

/** Waits until a session can go on or a connection can be accepted. */
function wait(
  sessions: Iterable<Session>,
  listener: Listener | undefined,
): { ready: Set<Session>; acceptable: boolean } {
  const pollables: Pollable[] = [];
  const owners: Session[] = [];
  for (const session of sessions) {
    for (const pollable of session.waitsFor()) {
      pollables.push(pollable);
      owners.push(session);
    }
  }
  if (listener !== undefined) pollables.push(listener.acceptable);
  const ready = new Set<Session>();
  let acceptable = false;
  for (const index of poll(pollables)) {
    const session = owners[index];
    if (session === undefined) acceptable = true;
    else ready.add(session);
  }
  return { ready, acceptable };
}

/** Returns whether there is room for further connections. */
function accept(
  listener: Listener,
  sessions: Set<Session>,
  open: (connection: Connection) => Session,
): boolean {
  try {
    const connection = listener.accept();
    if (connection !== undefined) sessions.add(open(connection));
    return sessions.size < MAX_SESSIONS;
  } catch (error) {
    const code = errorCode(error);
    if (code === "connection-aborted") return true;
    // Sockets are short: the next one is taken when a session has ended, if there is one that can.
    if (code === "new-socket-limit" && sessions.size > 0) return false;
    throw error;
  }
}
