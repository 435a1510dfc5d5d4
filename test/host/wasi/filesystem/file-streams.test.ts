import assert from "node:assert/strict";
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { filesystemErrorCode } from "../../../../host/wasi/filesystem/error.ts";
import { GuestError } from "../../../../host/wasi/guest-error.ts";
import { IoError } from "../../../../host/wasi/io/error.ts";
import { get, MountLab, openDescriptors, openFile, put } from "./lab.ts";

describe("Streams of files", () => {
  it("streams from and to an offset, and behind the end", () => {
    using lab = new MountLab();
    const base = lab.open();
    put(base, "a", "0123456789");
    const file = openFile(base, "a");
    const input = file.readViaStream(4n);
    const output = file.writeViaStream(2n);
    const appending = file.appendViaStream();
    file[Symbol.dispose]();
    void output.blockingWriteAndFlush(Buffer.from("ab"));
    void output.blockingWriteAndFlush(Buffer.from("cd"));
    void appending.blockingWriteAndFlush(Buffer.from("X"));
    truncateSync(join(lab.inside, "a"), 8);
    void appending.blockingWriteAndFlush(Buffer.from("Y"));
    assert.equal(get(base, "a"), "01abcd67Y");
    assert.equal(Buffer.from(input.read(3n)).toString(), "cd6");
    assert.equal(input.skip(1n), 1n);
    assert.equal(Buffer.from(input.read(100n)).toString(), "Y");
    assert.throws(
      () => input.read(1n),
      (error) => error instanceof GuestError && Object(error.payload).tag === "closed",
    );
  });

  it("tells why a stream of a file failed", () => {
    using lab = new MountLab(4096);
    const base = lab.open();
    const file = openFile(base, "a", { create: true });
    const output = file.writeViaStream(0n);
    assert.equal(output.checkWrite(), 1n << 20n);
    assert.throws(
      () => output.write(new Uint8Array(10)),
      (error) => {
        assert.ok(error instanceof GuestError);
        const { tag, val } = Object(error.payload);
        assert.equal(tag, "last-operation-failed");
        assert.equal(filesystemErrorCode(val), "insufficient-space");
        return true;
      },
    );
    assert.throws(
      () => output.checkWrite(),
      (error) => error instanceof GuestError && Object(error.payload).tag === "closed",
    );
    assert.equal(filesystemErrorCode(new IoError(lab.guest, new Error("of a socket"))), undefined);
  });

  it("waits for the disk without blocking", async () => {
    using lab = new MountLab();
    const base = lab.open();
    put(base, "a", "hello");
    const file = openFile(base, "a");
    const waiting = [file.sync(), file.syncData(), base.sync()];
    assert.deepEqual(
      waiting.map((each) => each instanceof Promise),
      [true, true, true],
    );
    for (const each of waiting) await each;
    assert.equal(openFile(base, "a", {}, { read: true }).sync(), undefined);
  });

  it("lets the disk finish what an ended guest waited for, then closes", async () => {
    const before = openDescriptors();
    const lab = new MountLab();
    const file = openFile(lab.open(), "a", { create: true });
    const waiting = file.sync();
    lab[Symbol.dispose]();
    await assert.rejects(async () => await waiting, { name: "GuestDisposedError" });
    while (openDescriptors() > before)
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
  });
});
