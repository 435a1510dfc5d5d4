import assert from "node:assert/strict";
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  DescriptorFlags,
  ErrorCode,
  OpenFlags,
} from "@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types";
import { Access } from "../../../../host/wasi/filesystem/access.ts";
import { Descriptor } from "../../../../host/wasi/filesystem/descriptor.ts";
import { DescriptorQuota } from "../../../../host/wasi/filesystem/descriptor-quota.ts";
import { type Mount, openMount } from "../../../../host/wasi/filesystem/mount.ts";
import { OpenFile } from "../../../../host/wasi/filesystem/open-file.ts";
import { statDescriptor } from "../../../../host/wasi/filesystem/stat.ts";
import { Volume } from "../../../../host/wasi/filesystem/volume.ts";
import {
  createVolumeLimit,
  type VolumeLimit,
} from "../../../../host/wasi/filesystem/volume-usage.ts";
import type { Guest } from "../../../../host/wasi/guest.ts";
import { GuestError } from "../../../../host/wasi/guest-error.ts";
import { createGuest } from "../support.ts";

export const FOLLOW = { symlinkFollow: true };
export const NO_FOLLOW = {};

/** A directory with a mounted one (`inside`) beside one that no guest may reach (`outside`, with `secret` in it). */
export class MountLab implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "islet-mount-"));
  readonly inside: string = join(this.path, "inside");
  readonly outside: string = join(this.path, "outside");
  readonly guest: Guest = createGuest();
  readonly limit: VolumeLimit | undefined;
  readonly #fd: number;

  constructor(limit?: number) {
    mkdirSync(this.inside);
    mkdirSync(this.outside);
    this.limit = limit === undefined ? undefined : createVolumeLimit(limit);
    this.#fd = openSync(this.inside, constants.O_RDONLY | constants.O_DIRECTORY);
  }

  mount(readOnly = false, path = "/data"): Mount {
    const { dev, ino } = statDescriptor(this.#fd);
    const directory = { fd: this.#fd, device: dev, inode: ino };
    return { path, directory, readOnly, limit: this.limit };
  }

  /** A preopened directory, as a guest gets it. */
  open(
    readOnly = false,
    quota: DescriptorQuota = new DescriptorQuota(),
    guest: Guest = this.guest,
  ): Descriptor {
    const mount = this.mount(readOnly);
    const file = new OpenFile(openMount(mount), new Volume(mount, quota));
    return new Descriptor(guest, new Access(file, {}, !readOnly));
  }

  [Symbol.dispose](): void {
    this.guest[Symbol.dispose]();
    closeSync(this.#fd);
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What a call came to: its value, or WIT's error-code; anything else is a fault of the host. */
export function outcomeOf<T>(act: () => T): T | ErrorCode {
  try {
    return act();
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): ErrorCode {
  assert.ok(error instanceof GuestError, `not an error of the guest: ${String(error)}`);
  const { payload } = error;
  assert.ok(typeof payload === "string");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- What else would a descriptor throw.
  return payload as ErrorCode;
}

export function assertFails(code: ErrorCode, act: () => unknown): void {
  assert.throws(act, (error) => {
    assert.equal(codeOf(error), code);
    return true;
  });
}

/** Opens a file below `base`, by default for reading and writing, following links. */
export function openFile(
  base: Descriptor,
  path: string,
  open: OpenFlags = {},
  flags: DescriptorFlags = { read: true, write: true },
): Descriptor {
  return base.openAt(FOLLOW, path, open, flags);
}

/** Makes a file with that content. */
export function put(base: Descriptor, path: string, content: string | Uint8Array): void {
  const file = openFile(base, path, { create: true, truncate: true });
  file.write(Buffer.from(content), 0n);
  file[Symbol.dispose]();
}

/** The content of a file, as text. */
export function get(base: Descriptor, path: string): string {
  const file = openFile(base, path, {}, { read: true });
  try {
    return Buffer.from(file.read(1n << 20n, 0n)[0]).toString();
  } finally {
    file[Symbol.dispose]();
  }
}

/** The names in a directory, in order. */
export function list(base: Descriptor, path = "."): string[] {
  const directory = base.openAt(FOLLOW, path, { directory: true }, { read: true });
  const stream = directory.readDirectory();
  const names: string[] = [];
  for (let entry = stream.readDirectoryEntry(); entry; entry = stream.readDirectoryEntry()) {
    names.push(entry.name);
  }
  stream[Symbol.dispose]();
  directory[Symbol.dispose]();
  return names.toSorted();
}

/** How many descriptors this process has open, but for the one that counts them. */
export function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
