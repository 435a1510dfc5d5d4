import assert from "node:assert/strict";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { describeForward } from "../../../host/cli/describe-forward.ts";
import { printable, printableLines } from "../../../host/cli/printable.ts";
import { runProgram } from "../../../host/cli/program.ts";
import { type OpenForwardsOptions, withForwards } from "../../../host/cli/run-forwards.ts";
import { describeWorkloads } from "../../../host/cli/run-summary.ts";
import { Reloader } from "../../../host/cli/watch-reload.ts";
import { EventHub } from "../../../host/event-hub.ts";
import { OperationError } from "../../../host/workload/operation-error.ts";
import { until } from "../../support/until.ts";
import { TOKEN } from "../api/served.ts";
import { SERVICE, workloadOf } from "../workload/fleet-lab.ts";
import { EVIL, evilForward, startEvilHost } from "./evil-host.ts";
import { MemoryTerminal } from "./memory-terminal.ts";

describe("printable", () => {
  it("shows what steers terminals, and leaves the rest", () => {
    assert.equal(printable("a\tb\n\u001b[2J\u009b é"), "a\tb\\x0a\\x1b[2J\\x9b é");
    assert.equal(printableLines("a\r\n\u001b[2J"), "a\\x0d\n\\x1b[2J");
  });
});

describe("nothing that others say steers the terminal", () => {
  it("in what is wrong with a component", async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-evil-"));
    const { path } = directory;
    await writeFile(join(path, "evil.wasm"), componentOf(EVIL));
    await writeFile(join(path, "evil.yaml"), manifestOf("evil.wasm"));
    const args = ["run", join(path, "evil.yaml"), "--http", "127.0.0.1:0", "--no-api"];
    const { code, text } = await run(args, {
      XDG_CACHE_HOME: path,
      XDG_STATE_HOME: path,
      XDG_RUNTIME_DIR: path,
    });
    assert.equal(code, 1);
    assertPlain(text);
  });

  it("in what a host answers", async () => {
    await using host = await startEvilHost();
    const one = "x";
    const commands: readonly (readonly string[])[] = [
      ["ps"],
      ["describe", one],
      ["delete", one, "y"],
      ["start", one],
      ["logs", one],
      ["forward", "list"],
      ["forward", "list", one],
      ["tunnel", "status", one],
      ["tunnel", "start", one, "80"],
      ["tunnel", "link", one],
      ["tunnel", "stop", one],
      ["policy", "log", one],
    ];
    for (const args of commands) {
      const { text } = await run([...args, "--host", host.url], { ISLET_TOKEN: TOKEN });
      assertPlain(text, args.join(" "));
    }
  });

  it("in what a manifest says", () => {
    const workload = {
      ...workloadOf("shop", "shop.localhost", 1, SERVICE),
      annotations: { "islet.dev/try": `curl ${EVIL}` },
    };
    const state = { tag: "running", reason: "" } as const;
    const hosted = { name: "default/shop", workload, state };
    const lines = describeWorkloads([hosted], "http://127.0.0.1:8000", new MemoryTerminal());
    assertPlain(lines.join("\n"));
    assertPlain(describeForward(evilForward()));
  });

  it("in why a reload failed", async () => {
    const terminal = new MemoryTerminal();
    const location = { file: "a.yaml", line: 1, column: 1 };
    const workload = workloadOf("shop", "shop.localhost", 1, undefined);
    const notice = { location, message: EVIL, code: "no-effect" } as const;
    const reloader = new Reloader({
      host: { apply: () => Promise.reject(new Error(EVIL)), delete: () => Promise.resolve() },
      load: async () => ({ workloads: [workload], notices: [notice] }),
      images: { watch: () => Promise.resolve(), digest: () => undefined },
      terminal,
      signal: new AbortController().signal,
    });
    assert.equal(await reloader.reload(), false);
    assert.equal(terminal.errors.length, 2);
    assertPlain(terminal.errors.join("\n"));
  });

  it("in why a forward cannot be opened later", async () => {
    const terminal = new MemoryTerminal();
    const events = new EventHub(() => {});
    await using running = withForwards(IDLE, {
      host: { ...hostThatFails(), watch: (listener) => events.watch(listener) },
      forwards: [
        {
          forward: {
            workload: "shop",
            publish: { tag: "unix", path: "/tmp/x" },
            port: 80,
            protocol: "tcp",
          },
          origin: "--forward",
        },
      ],
      isPatient: true,
      terminal,
    });
    await running.start();
    const told = terminal.errors.length;
    const state = { tag: "running", reason: "" } as const;
    events.emit({ tag: "state", workload: "default/shop", state });
    await until(() => terminal.errors.length > told);
    assertPlain(terminal.errors.join("\n"));
  });
});

function assertPlain(text: string, what = ""): void {
  assert.notEqual(text, "", what);
  assert.doesNotMatch(text, /[^\P{Cc}\n\t]/u, `${what} ${JSON.stringify(text)}`);
}

async function run(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly code: number; readonly text: string }> {
  const terminal = new MemoryTerminal();
  const interrupt = new AbortController().signal;
  const code = await runProgram(args, { terminal, environment, interrupt });
  return { code, text: [...terminal.lines, ...terminal.errors].join("\n") };
}

/** A component in which a core module is to export that name, which it does not: the message about it has the name. */
function componentOf(name: string): Buffer {
  const bytes = Buffer.from(name);
  const core = Buffer.from("\0asm\x01\0\0\0", "latin1");
  const alias = Buffer.concat([Buffer.from([1, 0, 0, 1, 0, bytes.length]), bytes]);
  return Buffer.concat([
    Buffer.from("\0asm\x0d\0\x01\0", "latin1"),
    Buffer.from([1, core.length]),
    core,
    Buffer.from([2, 4, 1, 0, 0, 0]),
    Buffer.from([6, alias.length]),
    alias,
  ]);
}

function manifestOf(image: string): string {
  return `apiVersion: runtime.wasmcloud.dev/v1alpha1
kind: Workload
metadata: { name: evil }
spec: { service: { image: ./${image} } }
`;
}

const IDLE = {
  start: () => Promise.resolve(),
  stay: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** A host that does not know a workload at first, and to which nothing can be forwarded. */
function hostThatFails(): Pick<OpenForwardsOptions["host"], "forwards" | "list" | "get"> {
  let asked = 0;
  return {
    list: () => [],
    get: () => {
      asked += 1;
      throw asked === 1 ? new OperationError("not-found", "There is none") : new Error(EVIL);
    },
    forwards: { list: () => [], get: fail, add: fail, remove: fail },
  };
}

function fail(): never {
  throw new Error(EVIL);
}
