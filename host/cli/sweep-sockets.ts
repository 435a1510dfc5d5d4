import { readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isAnswered } from "../api/socket-file.ts";

/** Removes the sockets of `directory` whose names begin with `prefix` and that nobody answers at: their hosts were killed. */
export async function sweepSockets(directory: string, prefix: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const paths = names
    .filter((name) => name.startsWith(prefix) && name.endsWith(".sock"))
    .map((name) => join(directory, name));
  await Promise.all(
    paths.map(async (path) => {
      // A host listens before its socket has a name, so that what is silent is dead.
      if (!(await isAnswered(path))) await unlink(path).catch(() => undefined);
    }),
  );
}
