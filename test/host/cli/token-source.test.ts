import assert from "node:assert/strict";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { readTokens } from "../../../host/cli/token-source.ts";

const ONE = "one-token-of-these-tests";
const TWO = "two-token-of-these-tests";

describe("the tokens of a host", () => {
  it("are those of files, else of variables, else one that is made", async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-token-"));
    const path = join(directory.path, "token");
    await writeFile(path, `${ONE}\n`);
    const state = { XDG_STATE_HOME: directory.path };
    const variables = { ...state, ISLET_TOKEN: TWO, ISLET_ADMIN_TOKEN: ONE };
    const files = await readTokens({ apiTokenFile: path }, { ...state, ISLET_TOKEN: TWO });
    assert.equal(files.token.matches(ONE), true);
    assert.equal(files.adminToken, undefined);
    const both = await readTokens({}, variables);
    assert.deepEqual([both.token.matches(TWO), both.adminToken?.matches(ONE)], [true, true]);
    const made = await readTokens({}, { ...state, ISLET_TOKEN: "", ISLET_ADMIN_TOKEN: "" });
    assert.deepEqual([made.token.matches(TWO), made.adminToken], [false, undefined]);
  });

  it("are told by where they are from where one is none, and never shown", async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-token-"));
    const path = join(directory.path, "token");
    await writeFile(path, "hush");
    await isRefused(/--api-token-file .*token$/, readTokens({ apiTokenFile: path }, {}));
    const admin = { ISLET_TOKEN: ONE, ISLET_ADMIN_TOKEN: "hush hush" };
    await isRefused(/ISLET_ADMIN_TOKEN$/, readTokens({}, admin));
    const none = { apiAdminTokenFile: join(directory.path, "none") };
    await isRefused(/--api-admin-token-file .* cannot be read/, readTokens(none, admin));
  });

  it("are two: who has the one is not the administrator", async () => {
    const same = { ISLET_TOKEN: ONE, ISLET_ADMIN_TOKEN: ONE };
    await assert.rejects(readTokens({}, same), /ISLET_ADMIN_TOKEN holds the token that every/);
  });
});

async function isRefused(message: RegExp, given: Promise<unknown>): Promise<void> {
  await assert.rejects(given, (error: Error) => {
    assert.match(error.message, message);
    return !error.message.includes("hush");
  });
}
