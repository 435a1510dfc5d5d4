import type * as Run from "wasi:cli/run@0.2.12";
import { poll, type Pollable } from "wasi:io/poll@0.2.12";
import { PORT } from "./leet.ts";
import { errorCode } from "./lib/io.ts";
import { listen, type Listener } from "./lib/tcp.ts";
import { Session } from "./session.ts";

/** More connections wait in the listener's backlog. */
const MAX_SESSIONS = 240;

/** The service: answers each line in leet, on any number of connections at once. */
export const run: typeof Run = {
  run() {
    using listener = listen(PORT);
    console.log(`listening on 0.0.0.0:${PORT}`);
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
      if (acceptable) accepting = accept(listener, sessions);
    }
  },
};

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
function accept(listener: Listener, sessions: Set<Session>): boolean {
  try {
    const connection = listener.accept();
    if (connection !== undefined) sessions.add(new Session(connection));
    return sessions.size < MAX_SESSIONS;
  } catch (error) {
    const code = errorCode(error);
    if (code === "connection-aborted") return true;
    // Sockets are short: the next one is taken when a session has ended, if there is one that can.
    if (code === "new-socket-limit" && sessions.size > 0) return false;
    throw error;
  }
}
