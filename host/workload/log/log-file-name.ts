import { createHash } from "node:crypto";

/** The longest name that is used as it is; file systems take 255 bytes, and rotation adds a number. */
const LENGTH_MAX = 200;

/**
 * The name of the log file of a workload: `NAMESPACE.NAME.log`, which is another one for each workload, since no
 * namespace holds a dot. What would be no plain file name is replaced, and told apart by a digest.
 */
export function logFileName(namespace: string, name: string): string {
  const plain = `${namespace}.${name}`;
  if (PLAIN.test(plain) && !namespace.includes(".") && plain.length <= LENGTH_MAX)
    return `${plain}.log`;
  const digest = createHash("sha256").update(`${namespace}\0${name}`).digest("hex").slice(0, 16);
  const readable = plain.replaceAll(/[^a-z0-9-]+/gu, "_").slice(0, LENGTH_MAX);
  return `${readable}~${digest}.log`;
}

/** Lower case only: some file systems do not tell the cases apart. */
const PLAIN = /^[a-z0-9][a-z0-9._-]*$/;
