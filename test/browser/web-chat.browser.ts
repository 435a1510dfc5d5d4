import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { type Browser, chromium, type Page } from "playwright-core";
import { guestPath } from "../fixture/guest/guest.ts";
import { type ServerProcess, startIslet } from "../support/host-process.ts";

/** Where Debian's package `chromium` puts it. */
const CHROMIUM = "/usr/bin/chromium";

describe("a chat over WebSockets, from a browser through the ingress to a service", function () {
  this.timeout(60_000);
  let islet: ServerProcess | undefined;
  let browser: Browser | undefined;
  const errors: string[] = [];

  before(async function () {
    if (!existsSync(CHROMIUM)) {
      console.log("    skipped: no chromium here (Debian: apt install chromium)");
      this.skip();
    }
    await using folder = await mkdtempDisposable(join(tmpdir(), "islet-chat-"));
    const manifest = join(folder.path, "chat.yaml");
    await writeFile(manifest, MANIFEST);
    islet = await startIslet([manifest]);
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
  });
  after(async () => {
    await browser?.close();
    await islet?.[Symbol.asyncDispose]();
  });

  it("brings what one says to all who joined, and goes on when one leaves", async () => {
    const [ann, ben] = [await enter(), await enter()];
    await say(ann, "hello, world");
    await hears(ann, "hello, world");
    await hears(ben, "hello, world");
    await say(ben, "ü".repeat(300));
    await hears(ann, "ü".repeat(300));
    await ann.close();
    await say(ben, "alone");
    await hears(ben, "alone");
    assert.deepEqual(errors, []);
  });

  async function enter(): Promise<Page> {
    assert.ok(browser !== undefined && islet !== undefined);
    const page = await browser.newPage();
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(islet.url);
    await hears(page, "joined");
    return page;
  }
});

const MANIFEST = `
apiVersion: runtime.wasmcloud.dev/v1alpha1
kind: Workload
metadata: { name: chat }
spec:
  service:
    image: ${JSON.stringify(guestPath("web-chat"))}
    ports: [{ name: web, port: 8080 }]
  hostInterfaces:
    - namespace: wasi
      package: http
      interfaces: [incoming-handler]
      config: { host: chat.localhost, port: web }
`;

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message").fill(text);
  await page.getByRole("button", { name: "Say" }).click();
}

async function hears(page: Page, text: string): Promise<void> {
  await page.getByRole("listitem").getByText(text, { exact: true }).waitFor();
}
