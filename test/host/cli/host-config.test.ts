import assert from "node:assert/strict";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { describe, it } from "mocha";
import { toConfiguredOptions } from "../../../host/cli/configured-options.ts";
import { addDevCommand } from "../../../host/cli/dev-commands.ts";
import { addHostCommands } from "../../../host/cli/host-commands.ts";
import { takeConfig, type TakenConfig } from "../../../host/cli/host-config.ts";
import { CONFIGURED_FLAGS } from "../../../host/cli/host-config-flags.ts";
import type { RunCommandOptions } from "../../../host/cli/run-command.ts";
import { UsageError } from "../../../host/cli/usage-error.ts";
import { ManifestError } from "../../../host/manifest/error.ts";
import { hostQuotaLimits } from "../../../host/network/descriptor-limit.ts";
import schema from "../../../manifests/islet.schema.json" with { type: "json" };
import { MemoryTerminal } from "./memory-terminal.ts";

/** Options that are about one start of the program, not about a host. */
const NOT_CONFIGURED: Readonly<Record<string, string>> = {
  "--build": "what is built before one start",
  "--watch": "how one start goes on",
  "--file": "which manifests one start is for",
  "--verbose": "what one terminal shows",
  "--config": "where the configuration is",
  "--no-config": "that there is none",
};

/** Keys for which no option stands. */
const NO_OPTION: readonly RegExp[] = [
  /^http\.limits\./,
  /^forwardPorts\./,
  /^quotas\./,
  /^tunnel\./,
];

describe("A host's configuration", () => {
  const program = new Command();
  const terminal = new MemoryTerminal();
  const context = { terminal, environment: {}, interrupt: new AbortController().signal };
  addHostCommands(program, context);
  addDevCommand(program, context);
  // It adds to what the command line says, so it is no default for it.
  const keyOf = new Map([
    ["--forward", "forwards"],
    ...CONFIGURED_FLAGS.map(({ flag, key }) => [flag, key] as const),
  ]);

  for (const command of program.commands) {
    it(`has exactly one key for each option of islet ${command.name()}, or a reason for none`, () => {
      for (const { long } of command.options) {
        const isKnown = keyOf.has(long ?? "") !== (NOT_CONFIGURED[long ?? ""] !== undefined);
        assert.ok(isKnown, `${long} needs a key in CONFIGURED_FLAGS, or a reason for none`);
      }
    });
  }

  it("has an option, or a reason for none, for each key of the schema", () => {
    const keys = leavesOf(schema);
    assert.ok(keys.length > 40);
    const configured = [...keyOf.values()];
    assert.deepEqual(configured.toSorted(), [...new Set(configured)].toSorted());
    const withoutOption = keys.filter((key) => !NO_OPTION.some((pattern) => pattern.test(key)));
    assert.deepEqual(withoutOption.toSorted(), configured.toSorted());
  });

  it("reaches every option of islet run with what it says", async () => {
    const taken = await take([], EVERYTHING);
    const { configuration, configPath, ...options } = taken;
    const directory = join(configPath ?? "", "..");
    assert.equal(configuration?.path, configPath);
    assert.deepEqual(options, {
      build: [],
      forward: [],
      watch: false,
      verbose: false,
      http: "8080",
      trustProxy: ["10.0.0.0/8"],
      accessLog: "-",
      https: "8443",
      tlsCert: [join(directory, "islet.yaml")],
      tlsKey: [join(directory, "islet.yaml")],
      tlsClientCa: join(directory, "islet.yaml"),
      api: "9000",
      socket: "second",
      apiTokenFile: join(directory, "islet.yaml"),
      apiAdminTokenFile: join(directory, "islet.yaml"),
      allowRemoteApi: true,
      forwardHostname: "compute-1",
      forwardAddress: "0.0.0.0",
      maxForwardedPorts: "2",
      allowHostLoopback: true,
      denyPrivateRanges: true,
      resolver: "127.0.0.1:53",
      httpClientCaPath: join(directory, "islet.yaml"),
      logDir: join(directory, "logs"),
    });
    assert.match(terminal.errors.join("\n"), /configured by .*islet\.yaml/);
  });

  it("gives way to the command line, option by option", async () => {
    const options = await take(
      ["--http", "1", "--trust-proxy", "::1", "--max-forwarded-ports", "9", "--resolver", "::1"],
      EVERYTHING,
    );
    assert.partialDeepStrictEqual(options, {
      http: "1",
      trustProxy: ["::1"],
      maxForwardedPorts: "9",
      resolver: "::1",
      https: "8443",
      denyPrivateRanges: true,
    });
  });

  it("gives way to options that have the value of their default", async () => {
    const options = await take(
      ["--http", "127.0.0.1:8000", "--forward-hostname", "localhost"],
      EVERYTHING,
    );
    assert.equal(options.http, "127.0.0.1:8000");
    assert.equal(options.forwardHostname, "localhost");
  });

  it("does not mix its certificates with keys of the command line", async () => {
    const options = await take(["--tls-cert", "a.pem"], EVERYTHING);
    assert.deepEqual([options.tlsCert, options.tlsKey], [["a.pem"], []]);
  });

  it("can do without an API, unless the command line has one", async () => {
    const text = "api: { enabled: false, address: '9000' }";
    assert.equal((await take([], text)).api, false);
    assert.equal((await take(["--api", "1"], text)).api, "1");
    assert.equal((await take(["--no-api"], "api: { address: '9000' }")).api, false);
    assert.equal((await take([], "api: { enabled: true }")).api, undefined);
  });

  it("is not read with --no-config, and is where --config says", async () => {
    const { configuration, http } = await take(["--no-config"], "nonsense: 1");
    assert.deepEqual([configuration, http], [undefined, "127.0.0.1:8000"]);
    await using place = await mkdtempDisposable(join(tmpdir(), "islet-config-"));
    const other = join(place.path, "other.yaml");
    await writeFile(other, "http: { address: '7' }");
    assert.equal((await take(["--config", other], "nonsense: 1")).http, "7");
    const gone = join(place.path, "gone.yaml");
    await assert.rejects(take(["--config", gone], ""), (error) => {
      return error instanceof UsageError && error.message === `--config ${gone} does not exist`;
    });
  });

  it("does not have to be there", async () => {
    const { configuration, configPath, http } = await take([], undefined);
    assert.deepEqual([configuration, http], [undefined, "127.0.0.1:8000"]);
    assert.match(configPath ?? "", /islet\.yaml$/);
  });

  it("says what its texts have to be, all at once", async () => {
    const text = [
      "http: { address: nowhere, trustedProxies: [10.0.0.0/8, 10.0.0.0/40] }",
      "api: { address: '0.0.0.0:9000', socket: a b }",
      "firecase: { hostname: 'a b', address: localhost }",
      'forwards: ["8080:3000", "x:y:z"]',
      "egress: { resolver: nope, httpClientCa: islet.yaml }",
      "tunnel: { server: 'http://x' }",
    ].join("\n");
    await assert.rejects(take([], text), (error) => {
      assert.ok(error instanceof ManifestError);
      assert.deepEqual(
        error.problems.map(
          ({ location, message }) => `${location.line}:${location.column}: ${message}`,
        ),
        [
          '1:18: http.address must be an address such as 127.0.0.1:8000, or a port such as "8000", not "nowhere"',
          '1:56: http.trustedProxies[1] must be an address or a range such as 10.0.0.0/8, not "10.0.0.0/40"',
          "2:17: api.address would let other machines control this host, in clear text. If that is meant, set api.allowRemote",
          '2:41: api.socket must be a name, or a path such as ./islet.sock, not "a b"',
          '3:23: firecase.hostname must be a name such as compute-1.example.com, not "a b"',
          '3:39: firecase.address must be an IP address such as 0.0.0.0, not "localhost"',
          '4:25: forwards[1] "x:y:z" has no IP address: "x". Try "8080:3000"',
          '5:21: egress.resolver must be an address such as 127.0.0.1:53, not "nope"',
          '5:41: egress.httpClientCa must be a file with certificates in PEM, not "islet.yaml"',
          '6:19: tunnel.server must be HOST, HOST:PORT, islet://HOST or islets://HOST, not "http://x"',
        ],
      );
      return true;
    });
  });

  it("may have a remote API where the command line permits it", async () => {
    const options = await take(["--allow-remote-api"], "api: { address: '0.0.0.0:9000' }");
    assert.equal(options.api, "0.0.0.0:9000");
  });

  it("lowers quotas, and says where it cannot raise them", async () => {
    const { socket = 0, file = 0 } = hostQuotaLimits();
    const { configuration } = await take([], "quotas: { sockets: 1000000, files: 3 }");
    assert.ok(configuration !== undefined);
    const { quota } = toConfiguredOptions(configuration);
    assert.deepEqual(
      [quota?.socket, quota?.file, quota?.lookup],
      [socket, 3, hostQuotaLimits().lookup],
    );
    assert.ok(file > 3);
    assert.match(
      terminal.errors.join("\n"),
      new RegExp(`there are ${socket} in any case, not 1000000`),
    );
  });

  /** The options of `islet run` with these arguments beside a configuration. */
  async function take(
    args: readonly string[],
    text: string | undefined,
  ): Promise<RunCommandOptions & TakenConfig> {
    await using place = await mkdtempDisposable(join(tmpdir(), "islet-config-"));
    const manifest = join(place.path, "shop.yaml");
    if (text !== undefined) await writeFile(join(place.path, "islet.yaml"), text);
    const fresh = new Command();
    addHostCommands(fresh, context);
    const [run] = fresh.commands;
    assert.ok(run !== undefined);
    run.parseOptions([...args]);
    return await takeConfig<RunCommandOptions>(run, manifest, terminal);
  }
});

const EVERYTHING = `
http: { address: "8080", trustedProxies: [10.0.0.0/8], accessLog: "-" }
https:
  address: "8443"
  certificates: [{ cert: islet.yaml, key: islet.yaml }]
  clientCa: islet.yaml
api:
  address: "9000"
  socket: second
  tokenFile: islet.yaml
  adminTokenFile: islet.yaml
  allowRemote: true
firecase: { hostname: compute-1, address: 0.0.0.0, max_forwarded_ports: 2 }
egress:
  allowHostLoopback: true
  denyPrivateRanges: true
  resolver: 127.0.0.1:53
  httpClientCa: islet.yaml # -----BEGIN CERTIFICATE-----
logs: { directory: logs }
`;

type Node = Readonly<Record<string, unknown>>;

/** The keys of a schema that hold no other keys: `https.certificates[].cert`. */
function leavesOf(node: Node, path = ""): string[] {
  const reference = node["$ref"];
  if (typeof reference === "string") {
    const name = reference.split("/").at(-1) ?? "";
    const { $ref: _ref, ...rest } = node;
    return leavesOf({ ...toNode(toNode(schema.definitions)[name]), ...rest }, path);
  }
  const items = toNode(node["items"]);
  if (items["properties"] !== undefined) return leavesOf(items, `${path}[]`);
  const properties = Object.entries(toNode(node["properties"]));
  if (properties.length === 0) return [path];
  return properties.flatMap(([key, child]) =>
    leavesOf(toNode(child), path === "" ? key : `${path}.${key}`),
  );
}

function toNode(value: unknown): Node {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
