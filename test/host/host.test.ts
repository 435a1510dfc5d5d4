import assert from "node:assert/strict";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "mocha";
import { createHost } from "../../host/host.ts";
import { loadManifests } from "../../host/manifest/load.ts";
import { call, problemIn } from "../support/http-call.ts";
import { manifestOf } from "../support/manifest.ts";

describe("Host", function () {
  this.timeout(20_000);

  it("answers that a workload is being prepared while it is", async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), "islet-host-"));
    const file = join(directory.path, "workload.yaml");
    await writeFile(file, manifestOf([{ name: "slow", component: { guest: "http-hello" } }]));
    const { workloads } = await loadManifests([file]);
    await using host = await createHost({
      http: { host: "127.0.0.1", port: 0 },
      // Empty, so that the component has to be compiled first.
      cacheDirectory: join(directory.path, "cache"),
      onEvent: () => {},
    });
    const url = `http://127.0.0.1:${host.http.port}/`;
    const applied = host.apply(workloads);
    const early = await call(url, { host: "slow.localhost" });
    assert.equal(early.status, 503);
    assert.equal(early.headers["retry-after"], "1");
    assert.equal(problemIn(early)["detail"], "The workload is being prepared");
    await applied;
  });
});
