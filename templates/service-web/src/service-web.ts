import { getEnvironment } from "wasi:cli/environment@0.2.12";
import type * as Run from "wasi:cli/run@0.2.12";
import { serveTcp } from "./lib/serve-tcp.ts";
import { WebSession } from "./session.ts";

const PORT = 3000;

/** The service: a web server that says who it is. `NAME` in its environment is its name. */
export const run: typeof Run = {
  run() {
    const name = new Map(getEnvironment()).get("NAME") ?? "a web server";
    serveTcp(PORT, (connection) => new WebSession(connection, { name }));
  },
};
