import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createSecureServer } from "node:http2";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, it } from "mocha";
import { answerWith, ingressTo } from "../support/ingress.ts";
import { textOf } from "../support/memory-body.ts";

const run = promisify(execFile);

const CERT_FILE = join(import.meta.dirname, "../fixture/tls/certificate.pem");
const KEY_FILE = join(import.meta.dirname, "../fixture/tls/key.pem");

/**
 * Milliseconds until an answer. What h2spec sends after the end of a request has to come before the answer's end: a
 * stream that has ended both ways is forgotten by nghttp2, which ignores what comes for it.
 */
const THINKING = 100;

describe("h2spec", function () {
  this.timeout(300_000);

  it("finds nothing in the ingress that it does not find in node:http2", async function () {
    const program = find("h2spec");
    if (program === undefined) {
      console.log(
        "    skipped: no h2spec here (go install github.com/summerwind/h2spec/cmd/h2spec@latest)",
      );
      this.skip();
    }
    await using ingress = await ingressTo(
      async ({ body }) => {
        await textOf(body).catch(() => "");
        await sleep(THINKING);
        return answerWith(200, "hello");
      },
      { tls: { certificates: [{ hosts: [], certFile: CERT_FILE, keyFile: KEY_FILE }] } },
    );
    await using bare = await startBareServer();
    const ours = await failuresOf(program, ingress.address.port);
    const theirs = await failuresOf(program, bare.port);
    assert.ok(ours.cases >= 140, `${ours.cases} cases`);
    assert.equal(ours.cases, theirs.cases);
    assert.ok(theirs.failures.size < 15, [...theirs.failures.keys()].join(" "));
    const differing: string[] = [];
    for (const [name, message] of ours.failures) {
      if (theirs.failures.has(name)) continue;
      // Asked for alone, a case has the machine for itself.
      const isOurs = await failsAlone(program, ingress.address.port, name);
      if (isOurs && !(await failsAlone(program, bare.port, name))) {
        differing.push(`${name}: ${message}`);
      }
    }
    assert.deepEqual(differing, []);
  });
});

interface Report {
  readonly cases: number;
  /** What each case that failed expected and got, by its name: `http2/6.1/2`. */
  readonly failures: ReadonlyMap<string, string>;
}

/** Runs all cases, or one, against the server on a port. */
async function failuresOf(program: string, port: number, name?: string): Promise<Report> {
  const directory = await mkdtemp(join(tmpdir(), "islet-h2spec-"));
  const report = join(directory, "report.xml");
  const only = name === undefined ? [] : [name];
  const options = ["-t", "-k", "-h", "127.0.0.1", "-p", String(port), "-o", "2", "-j", report];
  try {
    // It exits with 1 where a case failed; without a report, that is an error.
    const failed = await run(program, [...only, ...options], { timeout: 120_000 }).then(
      () => undefined,
      (error: unknown) => error,
    );
    const text = await readFile(report, "utf8").catch(() => {
      throw failed;
    });
    return toReport(text);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function failsAlone(program: string, port: number, name: string): Promise<boolean> {
  const { cases, failures } = await failuresOf(program, port, name);
  assert.equal(cases, 1, name);
  return failures.size > 0;
}

/** Reads h2spec's report, one `<testcase>` after the other, numbered within their section. */
function toReport(text: string): Report {
  const failures = new Map<string, string>();
  const numbers = new Map<string, number>();
  let cases = 0;
  const each = /<testcase package="([^"]+)" classname="([^"]+)"[^>]*>(.*?)<\/testcase>/gs;
  for (const [, section = "", title = "", outcome = ""] of text.matchAll(each)) {
    const number = (numbers.get(section) ?? 0) + 1;
    numbers.set(section, number);
    cases += 1;
    if (/<(?:error|failure)>/.test(outcome)) {
      failures.set(`${section}/${number}`, `${title}: ${outcome.trim()}`);
    }
  }
  return { cases, failures };
}

/** What Node's own server makes of it. */
async function startBareServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const files = { cert: readFileSync(CERT_FILE), key: readFileSync(KEY_FILE) };
  const server = createSecureServer(files, (request, response) => {
    request.on("error", () => undefined).resume();
    setTimeout(() => {
      response.writeHead(200, { "content-type": "text/plain" });
      response.end("hello");
    }, THINKING);
  });
  server.on("sessionError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

/** Where `go install` puts it, too. */
function find(program: string): string | undefined {
  const { PATH = "", GOBIN = "", GOPATH = join(homedir(), "go") } = process.env;
  const folders = [...PATH.split(delimiter), GOBIN, join(GOPATH, "bin")];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}
