import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** What the last build of a project made, kept in `dist/.build.json`. */
export interface BuildRecord {
  /** `Project.digest` of what it was made from. */
  readonly digest: string;
  /** SHA-256 of each component, by guest. */
  readonly guests: Readonly<Record<string, string>>;
}

/** The record of a project; undefined where there is none that can be used. */
export async function readRecord(projectDir: string): Promise<BuildRecord | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(recordPath(projectDir), "utf8"));
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces the record as a whole. */
export async function writeRecord(projectDir: string, record: BuildRecord): Promise<void> {
  await writeAtomically(recordPath(projectDir), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Where the component of a guest is. */
export function componentPath(projectDir: string, guest: string): string {
  return join(projectDir, "dist", `${guest}.wasm`);
}

/** Writes a file so that a reader sees the old one or the new one, and never a part. */
export async function writeAtomically(path: string, data: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    await writeFile(temporary, data);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** In hexadecimal. */
export function sha256(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function recordPath(projectDir: string): string {
  return join(projectDir, "dist", ".build.json");
}

function isRecord(value: unknown): value is BuildRecord {
  if (typeof value !== "object" || value === null) return false;
  if (!("digest" in value && typeof value.digest === "string" && "guests" in value)) return false;
  const { guests } = value;
  return (
    typeof guests === "object" &&
    guests !== null &&
    Object.values(guests).every((digest) => typeof digest === "string")
  );
}
