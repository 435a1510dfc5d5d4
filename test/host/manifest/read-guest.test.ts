import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { check, component, loadOne, service, workload } from "./check.ts";

const WEB = { name: "web", port: 80, protocol: "tcp", publish: undefined } as const;

describe("readService", () => {
  it("reads every field", async () => {
    const loaded = await loadOne(
      service(
        [
          "maxRestarts: 5",
          "args: [--verbose, '']",
          "restart: { policy: always, backoff: { initial: 1s, max: 2m }, healthyAfter: 1h }",
          "readiness: { timeout: 3s, port: web }",
          "ports: [{ name: web, port: 80 }, { name: dns, port: 53, protocol: UDP }]",
          "localResources:",
          "  environment: { config: { GREETING: hi, EMPTY: '' } }",
          "  limits: { memory: 64Mi, hang: 500ms, sockets: 1, listeners: 0, bufferedBytes: 64Ki, heap: 32Mi, logRate: 7 }",
        ].join("\n"),
      ),
    );
    const { image, location, policy, ...rest } = loaded.service ?? {};
    assert.equal(policy?.guest, "service");
    assert.match(String(image), /\/s\.wasm$/);
    assert.deepEqual(location, { file: "m.yaml", line: 6, column: 12 });
    assert.deepEqual(rest, {
      maxRestarts: 5,
      args: ["--verbose", ""],
      restart: {
        policy: "always",
        backoff: { initial: 1000, max: 120_000 },
        healthyAfter: 3_600_000,
      },
      environment: { GREETING: "hi", EMPTY: "" },
      limits: {
        memory: 67_108_864,
        hang: 500,
        sockets: 1,
        listeners: 0,
        bufferedBytes: 65_536,
        heap: 33_554_432,
        logRate: 7,
      },
      readiness: { timeout: 3000, port: WEB, http: undefined },
      ports: [WEB, { name: "dns", port: 53, protocol: "udp", publish: undefined }],
      mounts: [],
    });
  });

  it("fits a default of the backoff to the other end where only that is given", async () => {
    const longer = await loadOne(service("maxRestarts: 1\nrestart: { backoff: { initial: 1m } }"));
    assert.deepEqual(longer.service?.restart.backoff, { initial: 60_000, max: 60_000 });
    const shorter = await loadOne(service("maxRestarts: 1\nrestart: { backoff: { max: 50ms } }"));
    assert.deepEqual(shorter.service?.restart.backoff, { initial: 50, max: 50 });
  });

  it("rounds memory up to whole pages", async () => {
    for (const [written, bytes] of [
      ["64Ki", 65_536],
      ["65Ki", 131_072],
      ["4Gi", 4_294_967_296],
    ] as const) {
      const loaded = await loadOne(service(`localResources: { limits: { memory: ${written} } }`));
      assert.equal(loaded.service?.limits.memory, bytes);
    }
  });

  const LIMITS = "spec.service.localResources.limits";
  const cases: readonly (readonly [string, string])[] = [
    [
      "localResources: { limits: { memory: 63Ki } }",
      `m.yaml:7:41: ${LIMITS}.memory must be at least 64Ki, the size of one page, not 63Ki`,
    ],
    [
      "localResources: { limits: { bufferedBytes: 63Ki } }",
      `m.yaml:7:48: ${LIMITS}.bufferedBytes must be at least 64Ki, not 63Ki`,
    ],
    [
      "localResources: { limits: { bufferedBytes: 5Gi } }",
      `m.yaml:7:48: ${LIMITS}.bufferedBytes must be at most 4Gi, not 5Gi`,
    ],
    [
      "localResources: { limits: { sockets: -1 } }",
      `m.yaml:7:42: ${LIMITS}.sockets must be 0 or more, not -1`,
    ],
    [
      "localResources: { limits: { listeners: 65536 } }",
      `m.yaml:7:44: ${LIMITS}.listeners must be at most 65535, not 65536`,
    ],
    [
      "localResources: { limits: { memory: 5Gi } }",
      `m.yaml:7:41: ${LIMITS}.memory must be at most 4Gi, not 5Gi`,
    ],
    [
      "localResources: { limits: { memory: 64MB } }",
      `m.yaml:7:41: ${LIMITS}.memory must be a size such as 64Ki, 16Mi or 1Gi, not "64MB"`,
    ],
    [
      "localResources: { limits: { hang: 99ms } }",
      `m.yaml:7:39: ${LIMITS}.hang must be at least 100ms, not 99ms`,
    ],
    [
      "localResources: { limits: { hang: 597h } }",
      `m.yaml:7:39: ${LIMITS}.hang must be at most 596h, not 597h`,
    ],
    [
      "restart: { backoff: { initial: 2s, max: 1s } }",
      "m.yaml:7:36: spec.service.restart.backoff.initial must be at most max (1s), not 2s",
    ],
    [
      'localResources: { environment: { config: { A: "b\\0c" } } }',
      "m.yaml:7:51: spec.service.localResources.environment.config.A gives A a NUL, which no environment variable can hold",
    ],
    [
      'args: ["a\\0b"]',
      'm.yaml:7:12: spec.service.args[0] must not contain the character NUL, not "a\\u0000b"',
    ],
  ];
  for (const [lines, problem] of cases) {
    it(`refuses ${lines}`, async () => {
      await check(service(lines), problem);
    });
  }
});

describe("readComponent", () => {
  it("reads every field", async () => {
    const loaded = await loadOne(
      component("poolSize: 4\nmaxInvocations: 10000\ntimeout: 1m\nmaxConcurrency: 1"),
    );
    const [first] = loaded.components;
    assert.deepEqual(
      [first?.name, first?.poolSize, first?.maxInvocations, first?.timeout],
      ["c", 4, 10_000, 60_000],
    );
  });

  it("refuses a timeout of nothing", async () => {
    await check(
      component("timeout: 0s"),
      "m.yaml:8:16: spec.components[0].timeout must be at least 1ms, not 0s",
    );
  });

  it("keeps the order of the manifest, which decides who answers HTTP", async () => {
    const names = ["b", "a", "c"];
    const { components } = await loadOne(
      workload(
        `components: [${names.map((name) => `{ name: ${name}, image: c.wasm }`).join(", ")}]`,
      ),
    );
    assert.deepEqual(
      components.map(({ name }) => name),
      names,
    );
  });
});

describe("image", () => {
  it("is told to be missing with what builds it, where it stands in a dist folder", async () => {
    await check(
      service("").replace("s.wasm", "../templates/x/dist/s.wasm"),
      'm.yaml:6:12: spec.service.image: ../templates/x/dist/s.wasm does not exist (run "islet build ../templates/x"?)',
    );
  });

  it("must be a file", async () => {
    await check(
      { "m.yaml": service("").replace("s.wasm", "./d"), "d/x": "" },
      "m.yaml:6:12: spec.service.image: ./d is a directory, not a file",
    );
    await check(
      service("").replace("s.wasm", "/dev/null"),
      "m.yaml:6:12: spec.service.image: /dev/null is not a file",
    );
    await check(
      service("").replace("s.wasm", "s.wasm/x.wasm"),
      "m.yaml:6:12: spec.service.image: s.wasm/x.wasm does not exist (looked for in s.wasm)",
    );
  });

  it("may be a file: URL, absolute or relative to the manifest", async () => {
    const { service: loaded } = await loadOne(service("").replace("s.wasm", "file:./s.wasm"));
    assert.match(String(loaded?.image), /\/s\.wasm$/);
    await check(
      service("").replace("s.wasm", "file:///lost%20/s.wasm"),
      "m.yaml:6:12: spec.service.image: file:///lost%20/s.wasm does not exist (looked for in /lost )",
    );
    await check(
      service("").replace("s.wasm", "file://elsewhere/s.wasm"),
      'm.yaml:6:12: spec.service.image must be a file: URL of this machine, not "file://elsewhere/s.wasm"',
    );
  });
});
