import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { describe, it } from "mocha";
import { answerWith, ingressTo } from "../support/ingress.ts";
import { textOf } from "../support/memory-body.ts";

const run = promisify(execFile);

/**
 * What a bare server of node:http2 does not pass either: closed streams are forgotten by nghttp2, which ignores what
 * comes for them, and priorities are no more (RFC 9113 §5.3.2).
 */
const OF_NODE: ReadonlySet<string> = new Set(["5.1", "5.1.1", "5.3.1", "6.3", "6.7", "6.9.1"]);
const OF_NODE_MAX = 9;

describe("h2spec", function () {
  this.timeout(180_000);

  it("finds nothing in the ingress that it does not find in node:http2", async function () {
    const program = find("h2spec");
    if (program === undefined) {
      console.log(
        "    skipped: no h2spec here (go install github.com/summerwind/h2spec/cmd/h2spec@latest)",
      );
      this.skip();
    }
    const files = {
      hosts: [],
      certFile: join(import.meta.dirname, "../fixture/tls/certificate.pem"),
      keyFile: join(import.meta.dirname, "../fixture/tls/key.pem"),
    };
    await using ingress = await ingressTo(
      async ({ body }) => {
        await textOf(body).catch(() => "");
        return answerWith(200, "hello");
      },
      { tls: { certificates: [files] } },
    );
    const port = String(ingress.address.port);
    const args = ["-t", "-k", "-h", "127.0.0.1", "-p", port, "-o", "2"];
    const { stdout } = await run(program, args, { timeout: 170_000 }).catch((error: unknown) => ({
      stdout: outputOf(error),
    }));
    const summary = /(\d+) tests, (\d+) passed, \d+ skipped, (\d+) failed/.exec(stdout);
    assert.ok(summary, stdout);
    assert.ok(Number(summary[1]) >= 140, summary[0]);
    assert.ok(Number(summary[3]) <= OF_NODE_MAX, stdout);
    const failures = stdout.slice(stdout.indexOf("Failures:"));
    assert.deepEqual(
      sectionsOf(failures).filter((section) => !OF_NODE.has(section)),
      [],
      stdout,
    );
  });
});

/** Where `go install` puts it, too. */
function find(program: string): string | undefined {
  const { PATH = "", GOBIN = "", GOPATH = join(homedir(), "go") } = process.env;
  const folders = [...PATH.split(delimiter), GOBIN, join(GOPATH, "bin")];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

function outputOf(error: unknown): string {
  const isOutput = typeof error === "object" && error !== null && "stdout" in error;
  return isOutput ? String(error.stdout) : "";
}

/** The sections of RFC 9113 in which something failed. */
function sectionsOf(failures: string): string[] {
  const sections: string[] = [];
  let section = "";
  for (const line of failures.split("\n")) {
    section = /^\s*(\d+(?:\.\d+)+)\. /.exec(line)?.[1] ?? section;
    if (/^\s*×/.test(line)) sections.push(section);
  }
  return sections;
}
