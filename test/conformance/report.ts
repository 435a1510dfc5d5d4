import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** One line of a conformance guest; see test/fixture/guest/conform.h. */
interface Check {
  readonly holds: boolean;
  /** What the guest did, with what came of it where that is wrong. */
  readonly what: string;
  /** The sentence of the WIT that it checked. */
  readonly sentence: string;
}

/** Asserts that a guest went to its end, that all of its checks hold, and that the WIT says what it quotes. */
export function assertConforms(lines: readonly string[]): void {
  const last = lines.at(-1);
  assert.match(last ?? "nothing", /^done \d+$/, `The guest stopped after: ${lines.at(-1)}`);
  const checks = lines.slice(0, -1).map(toCheck);
  assert.equal(last, `done ${checks.length}`);
  assert.ok(checks.length > 0, "The guest checked nothing");
  const broken = checks.filter(({ holds }) => !holds);
  assert.deepEqual(
    broken.map(({ what, sentence }) => `${what}: ${sentence}`),
    [],
  );
  const invented = new Set(checks.map(({ sentence }) => sentence));
  for (const sentence of invented) if (WIT.includes(sentence)) invented.delete(sentence);
  assert.deepEqual([...invented], [], "not in the WIT");
}

function toCheck(line: string): Check {
  const [verdict, what, sentence, ...rest] = line.split(" | ");
  assert.ok(what !== undefined && sentence !== undefined && rest.length === 0, line);
  assert.ok(verdict === "ok" || verdict === "not ok", line);
  return { holds: verdict === "ok", what, sentence };
}

/** The documentation of the WIT as jco keeps it in the types of its shim, in one line. */
const WIT: string = [
  "sockets-tcp",
  "sockets-tcp-create-socket",
  "sockets-udp",
  "sockets-network",
  "sockets-ip-name-lookup",
  "io-streams",
  "http-types",
  "http-outgoing-handler",
]
  .map(readDocumentation)
  .join(" ");

function readDocumentation(name: string): string {
  const entry = fileURLToPath(import.meta.resolve("@bytecodealliance/preview2-shim"));
  const path = join(dirname(entry), `../../types/interfaces/wasi-${name}.d.ts`);
  return readFileSync(path, "utf8")
    .replaceAll(/^\s*\*(?: |$)/gm, " ")
    .replaceAll(/\s+/g, " ");
}
