import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Descriptor } from "../../../../host/wasi/filesystem/descriptor.ts";
import { FOLLOW, get, list, MountLab, NO_FOLLOW, openFile, outcomeOf, put } from "./lab.ts";

/** One call, for a guest's directory and for a directory of Node's. */
interface Step {
  readonly name: string;
  readonly guest: (base: Descriptor) => unknown;
  readonly node: (root: string) => unknown;
}

const paths = fc.constantFrom(
  "a",
  "b",
  "c",
  "d",
  "d/a",
  "d/b",
  "d/e",
  "d/e/a",
  "c/a",
  "c/b/../a",
  ".",
  "./d",
  "d/../b",
  "d/e/..",
  "a/x",
);
/** Those that end in a name. */
const named = paths.filter((path) => !path.endsWith("."));
const contents = fc.constantFrom("", "x", "hello", "y".repeat(5000));
// None of them leads out, wherever it is moved to.
const targets = fc.constantFrom("a", "b", "d", "d/a", "./c", "e", "c/../a");

function step(step: Step): Step {
  return step;
}

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(paths, contents).map(([path, text]) =>
    step({
      name: `write ${path} ${text.length}`,
      guest: (base) => put(base, path, text),
      node: (root) => fs.writeFileSync(join0(root, path), text),
    }),
  ),
  fc.tuple(paths, contents).map(([path, text]) =>
    step({
      name: `append ${path} ${text.length}`,
      guest: (base) => {
        const file = openFile(base, path, { create: true }, { write: true });
        const stream = file.appendViaStream();
        stream.checkWrite();
        stream.write(Buffer.from(text));
        stream[Symbol.dispose]();
        file[Symbol.dispose]();
      },
      node: (root) => fs.appendFileSync(join0(root, path), text),
    }),
  ),
  paths.map((path) =>
    step({
      name: `read ${path}`,
      guest: (base) => get(base, path),
      node: (root) => fs.readFileSync(join0(root, path), "utf8"),
    }),
  ),
  paths.map((path) =>
    step({
      name: `list ${path}`,
      guest: (base) => list(base, path),
      node: (root) => fs.readdirSync(join0(root, path)).toSorted(),
    }),
  ),
  fc.tuple(paths, fc.boolean()).map(([path, follow]) =>
    step({
      name: `stat ${path} ${follow}`,
      guest: (base) => {
        const { type, size, linkCount } = base.statAt(follow ? FOLLOW : NO_FOLLOW, path);
        return type === "directory" ? type : [type, size, linkCount];
      },
      node: (root) => {
        const stats = (follow ? fs.statSync : fs.lstatSync)(join0(root, path), { bigint: true });
        if (stats.isDirectory()) return "directory";
        return [stats.isFile() ? "regular-file" : "symbolic-link", stats.size, stats.nlink];
      },
    }),
  ),
  paths.map((path) =>
    step({
      name: `mkdir ${path}`,
      guest: (base) => base.createDirectoryAt(path),
      node: (root) => fs.mkdirSync(join0(root, path)),
    }),
  ),
  paths.map((path) =>
    step({
      name: `unlink ${path}`,
      guest: (base) => base.unlinkFileAt(path),
      node: (root) => fs.unlinkSync(join0(root, path)),
    }),
  ),
  named.map((path) =>
    step({
      name: `rmdir ${path}`,
      guest: (base) => base.removeDirectoryAt(path),
      node: (root) => fs.rmdirSync(join0(root, path)),
    }),
  ),
  fc.tuple(paths, paths).map(([path, to]) =>
    step({
      name: `rename ${path} ${to}`,
      guest: (base) => base.renameAt(path, base, to),
      node: (root) => fs.renameSync(join0(root, path), join0(root, to)),
    }),
  ),
  fc.tuple(named, paths).map(([path, to]) =>
    step({
      name: `link ${path} ${to}`,
      guest: (base) => base.linkAt(NO_FOLLOW, path, base, to),
      node: (root) => fs.linkSync(join0(root, path), join0(root, to)),
    }),
  ),
  fc.tuple(targets, paths).map(([target, path]) =>
    step({
      name: `symlink ${target} ${path}`,
      guest: (base) => base.symlinkAt(target, path),
      node: (root) => fs.symlinkSync(target, join0(root, path)),
    }),
  ),
  paths.map((path) =>
    step({
      name: `readlink ${path}`,
      guest: (base) => base.readlinkAt(path),
      node: (root) => fs.readlinkSync(join0(root, path)),
    }),
  ),
  fc.tuple(paths, fc.integer({ min: 0, max: 9000 })).map(([path, size]) =>
    step({
      name: `size ${path} ${size}`,
      guest: (base) => {
        const file = openFile(base, path);
        file.setSize(BigInt(size));
        file[Symbol.dispose]();
      },
      node: (root) => fs.truncateSync(join0(root, path), size),
    }),
  ),
);

/** Not `join`, which takes `..` away before the system sees it. */
function join0(root: string, path: string): string {
  return `${root}/${path}`;
}

const CODES: Readonly<Record<string, string>> = {
  ENOENT: "no-entry",
  EEXIST: "exist",
  EISDIR: "is-directory",
  ENOTDIR: "not-directory",
  ENOTEMPTY: "not-empty",
  EINVAL: "invalid",
  ELOOP: "loop",
  EBUSY: "busy",
  EPERM: "not-permitted",
};

function ofNode(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    const code = Object(error).code;
    return CODES[code] ?? code;
  }
}

describe("A directory of a guest", () => {
  for (const limit of [undefined, 1 << 30]) {
    it(`does what the operating system does${limit === undefined ? "" : ", with a limit as well"}`, () => {
      fc.assert(
        fc.property(fc.array(steps, { minLength: 1, maxLength: 40 }), (sequence) => {
          using lab = new MountLab(limit);
          using model = fs.mkdtempDisposableSync(join(tmpdir(), "islet-model-"));
          const base = lab.open();
          for (const { name, guest, node } of sequence) {
            const expected = ofNode(() => node(model.path));
            assert.deepEqual(
              outcomeOf(() => guest(base)),
              expected,
              name,
            );
          }
          assert.deepEqual(treeOf(lab.inside), treeOf(model.path));
          if (lab.limit !== undefined) assert.equal(usedOf(lab), sizeOf(lab.inside));
        }),
        { numRuns: 150 },
      );
    }).timeout(120_000);
  }
});

/** What is in a directory, links not followed. */
function entriesOf(
  root: string,
  entries: { readonly path: string; readonly stats: fs.BigIntStats }[] = [],
): typeof entries {
  for (const name of fs.readdirSync(root)) {
    const path = join(root, name);
    const stats = fs.lstatSync(path, { bigint: true });
    entries.push({ path, stats });
    if (stats.isDirectory()) entriesOf(path, entries);
  }
  return entries;
}

function treeOf(root: string): unknown {
  return Object.fromEntries(
    entriesOf(root).map(({ path, stats }) => {
      const kind = stats.isFile() ? fs.readFileSync(path, "utf8") : stats.isDirectory();
      return [path.slice(root.length), stats.isSymbolicLink() ? fs.readlinkSync(path) : kind];
    }),
  );
}

function usedOf({ limit }: MountLab): bigint | undefined {
  return limit && new BigInt64Array(limit.used)[0];
}

/** What a volume counts: each file once, and 4 KiB for each entry. */
function sizeOf(root: string): bigint {
  const entries = entriesOf(root);
  const files = entries.filter(({ stats }) => stats.isFile());
  const sizes = new Map(files.map(({ stats }) => [stats.ino, stats.size]));
  const contents = sizes.values().reduce((sum, size) => sum + size, 0n);
  return contents + 4096n * BigInt(entries.length);
}
