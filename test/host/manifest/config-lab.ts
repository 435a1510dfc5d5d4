import assert from "node:assert/strict";
import { mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManifestError } from "../../../host/manifest/error.ts";
import type { HostConfig } from "../../../host/manifest/host-config.ts";
import { loadHostConfig, type TextCheck } from "../../../host/manifest/host-config-file.ts";

type Content = string | Uint8Array;

/** A directory with these files, which goes with the result. */
export async function directory(
  files: Readonly<Record<string, Content>>,
): Promise<AsyncDisposable & { readonly path: string }> {
  const place = await mkdtempDisposable(join(tmpdir(), "islet-config-"));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(place.path, name, ".."), { recursive: true });
    await writeFile(join(place.path, name), content);
  }
  return place;
}

/** Reads a configuration. */
export async function read(
  content: Content,
  checks?: Readonly<Record<string, TextCheck>>,
): Promise<HostConfig> {
  await using place = await directory({ "islet.yaml": content });
  return await loadHostConfig("islet.yaml", { cwd: place.path, checks });
}

/** What is wrong with it: `file:line:column: message`. */
export async function problemsOf(
  content: Content,
  checks?: Readonly<Record<string, TextCheck>>,
): Promise<readonly string[]> {
  try {
    await read(content, checks);
    return [];
  } catch (error) {
    assert.ok(error instanceof ManifestError, String(error));
    return error.message.split("\n");
  }
}
