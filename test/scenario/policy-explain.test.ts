import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, it } from "mocha";
import { runIslet } from "../support/run-islet.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MANIFEST = "manifests/egress.yaml";

describe("islet policy explain", () => {
  /** Arguments; outcome and rule; what is written at the place; the changes that would do. */
  const cases: readonly (readonly [string, string, string | null, ...string[]])[] = [
    ["reporter/http-api tcp-connect 10.20.0.7:5432", "allow allowed-host", "- 10.20.0.0/16:5432"],
    [
      "reporter/http-api tcp-connect 10.20.0.7:5433",
      "deny not-allowed",
      "allowedHosts:",
      "allowedHosts 10.20.0.7:5433",
    ],
    [
      "reporter/service tcp-connect [2606:4700::1111]:443",
      "deny not-allowed",
      "allowedHosts: []",
      "allowedHosts [2606:4700::1111]:443",
    ],
    ["reporter/http-api tcp-connect 169.254.169.254:80", "deny special-range", null],
    ["reporter/http-api udp-send [64:ff9b::169.254.169.254]:53", "deny special-range", null],
    [
      "reporter/http-api tcp-connect host.wasmcloud.internal:5432",
      "deny host-loopback-disabled",
      null,
      "--allow-host-loopback true",
    ],
    [
      "reporter/http-api tcp-connect host.wasmcloud.internal:5432 --allow-host-loopback",
      "allow host-loopback",
      "- 5432/tcp",
    ],
    [
      "reporter/http-api lookup db.example.com",
      "deny lookup-not-allowed",
      "allowedIpNameLookups:",
      "allowedIpNameLookups db.example.com",
    ],
    [
      "reporter/http-api tcp-connect eu.db.example.com:5432",
      "allow allowed-name",
      '- "*.db.example.com"',
    ],
    [
      "reporter/http-api http https://api.example.com/v1",
      "allow allowed-host",
      "- api.example.com",
    ],
    [
      "reporter/http-api http http://hooks.example.net/",
      "deny not-allowed",
      "allowedHosts:",
      "allowedHosts http://hooks.example.net",
    ],
    [
      "reporter/http-api tcp-bind 0.0.0.0:8080",
      "deny component-may-not-listen",
      "- name: http-api",
      "Listen in the service of the workload",
    ],
    ["reporter/service tcp-bind 0.0.0.0:8080", "allow unspecified-bind-is-loopback", null],
    [
      "reporter/http-api tcp-connect 10.20.0.7:5432 --deny-private-ranges",
      "deny private-range",
      null,
      "--deny-private-ranges false",
    ],
  ];
  for (const [question, expected, written, ...changes] of cases) {
    it(`explains ${question}`, async () => {
      const [told, ...more] = await explain(question);
      assert.ok(told !== undefined);
      assert.equal(more.length, 0);
      assert.equal(`${told.outcome} ${told.rule}`, expected);
      assert.deepEqual(told.changes.map(toText), changes);
      const place = told.place === null ? null : await lineAt(told.place);
      assert.ok(place === written || (written !== null && place?.startsWith(written)), `${place}`);
    });
  }

  it("answers for each guest of a workload, in lines for people", async () => {
    const { code, stdout } = await runIslet(
      ["policy", "explain", "-f", MANIFEST, "reporter", "tcp-connect", "10.20.0.7:5432"],
      { cwd: ROOT },
    );
    assert.equal(code, 0);
    const line = await lineOf("allowedHosts: []");
    assert.equal(
      stdout,
      [
        "default/reporter/service  tcp-connect 10.20.0.7:5432  denied",
        "  rule         not-allowed",
        "  reason       No entry of allowedHosts grants tcp to 10.20.0.7 port 5432",
        `  written at   ${MANIFEST}:${line}:7`,
        '  to allow it  add "10.20.0.7:5432" to allowedHosts',
        "",
        "default/reporter/http-api  tcp-connect 10.20.0.7:5432  allowed",
        "  rule        allowed-host",
        "  reason      10.20.0.7 port 5432 is reached on the machine's network",
        "  entry       10.20.0.0/16:5432",
        `  written at  ${MANIFEST}:${await lineOf("- 10.20.0.0/16:5432")}:13`,
        "",
      ].join("\n"),
    );
  });

  const wrong: readonly (readonly [string, number, RegExp])[] = [
    [
      "policy explain reporter lookup a.b --host /none.sock",
      1,
      /No islet host answers at \/none\.sock\. Try/,
    ],
    [
      "policy explain reporter lookup a.b --allow-host-loopback",
      2,
      /--allow-host-loopback is for manifests\. Try it with -f FILE/,
    ],
    [
      `policy explain -f ${MANIFEST} reporter tcp-connect`,
      2,
      /missing required argument 'address'/,
    ],
    [`policy explain -f ${MANIFEST} reporter tcp-connect a`, 2, /takes a host and a port, not a/],
    [`policy explain -f ${MANIFEST} reporter fly a:1`, 2, /fly is no use\. Try one of tcp-connect/],
    [
      `policy explain -f ${MANIFEST} reporter lookup a -o xml`,
      2,
      /-o xml is no output\. Try -o json/,
    ],
    [`policy explain -f ${MANIFEST} reportr lookup a`, 1, /did you mean "reporter"/],
    ["policy explain -f lost.yaml reporter lookup a", 1, /lost\.yaml/],
    ["policy", 2, /Usage: islet policy/],
  ];
  for (const [args, code, message] of wrong) {
    it(`ends with ${code} for: islet ${args}`, async () => {
      const ended = await runIslet(args.split(" "), { cwd: ROOT });
      assert.match(ended.stderr, message);
      assert.equal(ended.stdout, "");
      assert.equal(ended.code, code);
    });
  }
});

interface Told {
  readonly outcome: string;
  readonly rule: string;
  readonly place: string | null;
  readonly changes: readonly Readonly<Record<string, string | boolean>>[];
}

async function explain(question: string): Promise<readonly Told[]> {
  const args = ["policy", "explain", "-f", MANIFEST, ...question.split(" "), "-o", "json"];
  const { code, stdout, stderr } = await runIslet(args, { cwd: ROOT });
  assert.equal(stderr, "");
  assert.equal(code, 0);
  return JSON.parse(stdout);
}

function toText({ tag, field, entry, flag, isSet, text }: Told["changes"][number]): string {
  if (tag === "grant") return `${field} ${entry}`;
  return tag === "flag" ? `${flag} ${isSet}` : String(text);
}

/** What is written at a place of the manifest. */
async function lineAt(place: string): Promise<string | undefined> {
  const [file, line, column] = place.split(":");
  assert.equal(file, MANIFEST);
  const lines = (await readFile(`${ROOT}/${MANIFEST}`, "utf8")).split("\n");
  const start = Number(column) - 1;
  // An entry is written behind its dash.
  const text = lines[Number(line) - 1]?.slice(Math.max(0, start - 2)).trim();
  return text;
}

async function lineOf(text: string): Promise<number> {
  const lines = (await readFile(`${ROOT}/${MANIFEST}`, "utf8")).split("\n");
  return lines.findIndex((line) => line.includes(text)) + 1;
}
