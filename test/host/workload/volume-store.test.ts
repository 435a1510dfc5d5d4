import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempDisposableSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { Volume, VolumeMount } from "../../../host/manifest/workload.ts";
import type { Mount } from "../../../host/wasi/filesystem/mount.ts";
import { VolumeUsage } from "../../../host/wasi/filesystem/volume-usage.ts";
import { VolumeError } from "../../../host/workload/volume-error.ts";
import { isLeftBehind, ownerName } from "../../../host/workload/volume-owner.ts";
import { VolumeStore } from "../../../host/workload/volume-store.ts";
import type { WorkloadVolumes } from "../../../host/workload/workload-volumes.ts";
import { cellStart } from "./fake-cell.ts";

const EPHEMERAL: Volume = { tag: "ephemeral", name: "v", sizeLimit: undefined };
const MOUNT: VolumeMount = { name: "v", path: "/data", readOnly: false };

/** The mounts of a service and a component that both mount the volume. */
function attach(
  volumes: WorkloadVolumes,
  volume: Volume = EPHEMERAL,
  replica = 0,
): readonly [service: Mount, component: Mount] {
  const start = cellStart();
  const service = start.service && { ...start.service, volumeMounts: [MOUNT] };
  const http = start.http && { ...start.http, volumeMounts: [{ ...MOUNT, readOnly: true }] };
  const attached = volumes.attach({ ...start, service, http }, [volume], replica);
  const [one] = attached.start.service?.mounts ?? [];
  const [other] = attached.start.http?.mounts ?? [];
  assert.ok(one !== undefined && other !== undefined);
  return [one, other];
}

function pathOf({ directory }: Mount): string {
  return `/proc/self/fd/${directory.fd}`;
}

class StoreLab implements Disposable {
  readonly #directory = mkdtempDisposableSync(join(tmpdir(), "islet-store-"));
  readonly path: string = join(this.#directory.path, "state/volumes");
  readonly warnings: string[] = [];

  open(): VolumeStore {
    return new VolumeStore({
      directory: this.path,
      warn: (message) => this.warnings.push(message),
    });
  }

  [Symbol.dispose](): void {
    assert.deepEqual(this.warnings, []);
    this.#directory.remove();
  }
}

describe("VolumeStore", () => {
  it("makes nothing before a volume is needed, and leaves nothing", async () => {
    using lab = new StoreLab();
    {
      await using store = lab.open();
      await using volumes = store.open("id");
      assert.deepEqual(volumes.attach(cellStart(), [EPHEMERAL], 0).start.service?.mounts, []);
      assert.equal(existsSync(lab.path), false);
      attach(volumes);
      assert.equal(statSync(lab.path).mode & 0o777, 0o700);
    }
    assert.deepEqual(readdirSync(lab.path), []);
  });

  it("gives all guests of a replica the same directory, through all of its versions", async () => {
    using lab = new StoreLab();
    await using store = lab.open();
    await using volumes = store.open("id");
    const [service, component] = attach(volumes);
    assert.equal(service.directory, component.directory);
    assert.deepEqual([service.readOnly, component.readOnly], [false, true]);
    writeFileSync(join(pathOf(service), "a"), "hello");
    const [again] = attach(volumes);
    assert.equal(readFileSync(join(pathOf(again), "a"), "utf8"), "hello");
    assert.equal(statSync(pathOf(again)).mode & 0o777, 0o700);
    const [other] = attach(volumes, EPHEMERAL, 1);
    assert.deepEqual(readdirSync(pathOf(other)), []);
  });

  it("counts one volume once, whatever its limit becomes", async () => {
    using lab = new StoreLab();
    await using store = lab.open();
    await using volumes = store.open("id");
    const [service, component] = attach(volumes, { ...EPHEMERAL, sizeLimit: 1000 });
    assert.equal(service.limit?.bytes, 1000);
    assert.equal(service.limit.used, component.limit?.used);
    const [later] = attach(volumes, { ...EPHEMERAL, sizeLimit: 2000 });
    assert.equal(later.limit?.bytes, 2000);
    assert.equal(later.limit.used, service.limit.used);
    const [unlimited] = attach(volumes);
    assert.equal(unlimited.limit, undefined);
  });

  it("counts what was written without a limit once there is one", async () => {
    using lab = new StoreLab();
    await using store = lab.open();
    await using volumes = store.open("id");
    attach(volumes, { ...EPHEMERAL, sizeLimit: 1_000_000 });
    const [unlimited] = attach(volumes);
    writeFileSync(join(pathOf(unlimited), "a"), "x".repeat(100_000));
    const [{ limit, directory }] = attach(volumes, { ...EPHEMERAL, sizeLimit: 150_000 });
    assert.ok(limit !== undefined);
    const usage = VolumeUsage.of(limit, directory.fd);
    assert.throws(() => usage.grow(100_000n), { code: "insufficient-space" });
    usage.grow(10_000n);
    // It is not measured again for each version.
    const [again] = attach(volumes, { ...EPHEMERAL, sizeLimit: 150_000 });
    assert.equal(again.limit?.used, limit.used);
    assert.equal(usage.used, 100_000n + 4096n + 10_000n);
  });

  it("keeps volumes of workloads apart, and removes each with its workload", async () => {
    using lab = new StoreLab();
    await using store = lab.open();
    await using kept = store.open("kept");
    attach(kept);
    {
      await using removed = store.open("removed");
      const [mount] = attach(removed);
      mkdirSync(join(pathOf(mount), "d/e"), { recursive: true });
      writeFileSync(join(pathOf(mount), "d/e/a"), "");
      const [own = ""] = readdirSync(lab.path);
      assert.deepEqual(readdirSync(join(lab.path, own)).toSorted(), ["kept", "removed"]);
    }
    const [own = ""] = readdirSync(lab.path);
    assert.deepEqual(readdirSync(join(lab.path, own)), ["kept"]);
  });

  it("opens directories of the machine, keeps them, and never removes them", async () => {
    using lab = new StoreLab();
    using files = mkdtempDisposableSync(join(tmpdir(), "islet-files-"));
    const path = join(files.path, "shared");
    mkdirSync(path);
    writeFileSync(join(path, "a"), "hello");
    const volume: Volume = { tag: "host-path", name: "v", path };
    {
      await using store = lab.open();
      await using volumes = store.open("id");
      const [mount] = attach(volumes, volume);
      renameSync(path, `${path}-moved`);
      mkdirSync(path);
      assert.equal(readFileSync(join(pathOf(mount), "a"), "utf8"), "hello");
      const { fd, device, inode } = mount.directory;
      const stats = fstatSync(fd, { bigint: true });
      assert.deepEqual([stats.dev, stats.ino], [device, inode]);
    }
    assert.deepEqual(readdirSync(`${path}-moved`), ["a"]);
    assert.equal(existsSync(lab.path), false);
  });

  it("opens what is there by then for each that begins, and closes it once that has ended", async () => {
    using lab = new StoreLab();
    using files = mkdtempDisposableSync(join(tmpdir(), "islet-files-"));
    const path = join(files.path, "shared");
    const volume: Volume = { tag: "host-path", name: "v", path };
    await using store = lab.open();
    await using volumes = store.open("id");
    const start = cellStart();
    const http = start.http && { ...start.http, volumeMounts: [MOUNT] };
    const inodes = new Set<bigint | undefined>();
    const descriptors = new Set<number | undefined>();
    for (let version = 0; version < 50; version += 1) {
      mkdirSync(path);
      using attached = volumes.attach({ ...start, http }, [volume], 0);
      const directory = attached.start.http?.mounts?.[0]?.directory;
      inodes.add(directory?.inode);
      descriptors.add(directory?.fd);
      renameSync(path, `${path}-${version}`);
    }
    assert.equal(inodes.size, 50);
    // Others in this process open and close some meanwhile.
    assert.ok(descriptors.size < 25, `${descriptors.size} descriptors`);
  });

  it("refuses what it cannot open or make, and says what", async () => {
    using lab = new StoreLab();
    await using store = lab.open();
    await using volumes = store.open("id");
    const missing: Volume = { tag: "host-path", name: "v", path: join(lab.path, "missing") };
    assert.throws(
      () => attach(volumes, missing),
      isVolumeError(/^Cannot mount the volume v: ENOENT/),
    );
    assert.throws(
      () => attach(volumes, { ...EPHEMERAL, name: "w" }),
      isVolumeError(/^Cannot mount v: the workload has no such volume$/),
    );
    await using nowhere = new VolumeStore({ directory: undefined, warn: assert.fail });
    await using none = nowhere.open("id");
    assert.throws(() => attach(none), isVolumeError(/the host has no directory for it$/));
    await using blocked = new VolumeStore({ directory: "/dev/null/volumes", warn: assert.fail });
    await using unmade = blocked.open("id");
    assert.throws(
      () => attach(unmade),
      isVolumeError(/^Cannot make a volume in \/dev\/null\/volumes: /),
    );
  });

  it("removes what a process left that is gone, and nothing else", async () => {
    using lab = new StoreLab();
    const child = spawn("sleep", ["100"]);
    await once(child, "spawn");
    const left = ownerName(child.pid);
    const own = ownerName();
    assert.ok(left !== undefined && own !== undefined);
    const [boot, space] = own.split("-");
    const names = {
      left: `${left}-abc`,
      mine: `${own}-abc`,
      recycled: `${boot}-${space}-${process.pid}-1-abc`,
      earlier: `000000000000-${space}-1-1-abc`,
      container: `${boot}-1-1-1-abc`,
      foreign: "notes",
    };
    for (const name of Object.values(names)) {
      mkdirSync(join(lab.path, name, "id/0/v"), { recursive: true });
      writeFileSync(join(lab.path, name, "id/0/v/a"), "");
    }
    assert.equal(isLeftBehind(names.left), false);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(isLeftBehind(names.left), true);
    await using store = lab.open();
    await store[Symbol.asyncDispose]();
    const kept = [names.mine, names.container, names.foreign];
    assert.deepEqual(readdirSync(lab.path).toSorted(), kept.toSorted());
  });
});

function isVolumeError(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof VolumeError, String(error));
    assert.match(error.message, message);
    return true;
  };
}
