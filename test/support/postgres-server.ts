import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** Where Debian has the programs of PostgreSQL; undefined on a machine without them. */
export const postgresPrograms: string | undefined = globSync("/usr/lib/postgresql/*/bin/initdb")
  .map((path) => dirname(path))
  .find((path) => existsSync(join(path, "postgres")));

/** A PostgreSQL server on a free port of the machine's loopback, with a database of its own that trusts everybody. */
export class PostgresServer implements AsyncDisposable {
  readonly port: number;
  readonly #directory: string;
  readonly #process: ChildProcess;

  static async start(programs: string): Promise<PostgresServer> {
    const directory = await mkdtemp(join(tmpdir(), "islet-postgres-"));
    const user = await unprivilegedUser();
    if (user !== undefined) await chown(directory, user.uid, user.gid);
    const data = join(directory, "data");
    await run(join(programs, "initdb"), ["-D", data, "-A", "trust", "-U", "islet", "-N"], user);
    const port = await freePort();
    const options = ["-p", String(port), "-h", "127.0.0.1", "-k", directory, "-F"];
    const process = spawn(join(programs, "postgres"), ["-D", data, ...options], {
      ...user,
      stdio: "ignore",
    });
    const server = new PostgresServer(port, directory, process);
    await server.#untilListening();
    return server;
  }

  private constructor(port: number, directory: string, process: ChildProcess) {
    this.port = port;
    this.#directory = directory;
    this.#process = process;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) {
      const exited = once(this.#process, "exit");
      // An immediate shutdown: nobody needs the data.
      this.#process.kill("SIGQUIT");
      await exited;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #untilListening(): Promise<void> {
    while (this.#process.exitCode === null) {
      const socket = connect(this.port, "127.0.0.1");
      const listens = await new Promise<boolean>((resolve) => {
        socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      });
      socket.destroy();
      if (listens) return;
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
    throw new Error(`PostgreSQL ended with ${this.#process.exitCode}`);
  }
}

const run = promisify(execFile);

/** PostgreSQL refuses to be run by root; undefined for everybody else. */
async function unprivilegedUser(): Promise<
  { readonly uid: number; readonly gid: number } | undefined
> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number((await run("id", [flag, "postgres"])).stdout)),
  );
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("There is no free port");
  return address.port;
}
