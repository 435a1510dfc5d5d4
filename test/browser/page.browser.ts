import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "mocha";
import { type Browser, chromium, type Page } from "playwright-core";
import { type ServerProcess, startIslet } from "../support/host-process.ts";
import { buildTemplate, projectManifest } from "../support/template.ts";

/** Where Debian's package `chromium` puts it. */
const CHROMIUM = "/usr/bin/chromium";

describe("the page of templates/service-tcp", function () {
  this.timeout(60_000);
  let islet: ServerProcess | undefined;
  let browser: Browser | undefined;
  let page: Page;
  const errors: string[] = [];

  before(async function () {
    if (!existsSync(CHROMIUM)) {
      console.log("    skipped: no chromium here (Debian: apt install chromium)");
      this.skip();
    }
    await buildTemplate();
    islet = await startIslet([projectManifest("service-tcp")]);
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
    page = await browser.newPage();
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await page.goto(islet.url);
  });
  after(async () => {
    await browser?.close();
    await islet?.[Symbol.asyncDispose]();
  });

  it("converts the text when the button is pressed", async () => {
    await page.getByRole("button", { name: "Convert" }).click();
    await answers("H3110 W0r1d");
    await page.getByLabel("Text").fill("leet is east\nof the test");
    await page.getByRole("button", { name: "Convert" }).click();
    await answers("1337 15 3457\n0f 7h3 7357");
  });

  it("converts the text at Ctrl+Enter", async () => {
    await page.getByLabel("Text").fill("alle");
    await page.getByLabel("Text").press("Control+Enter");
    await answers("4113");
  });

  it("shows what was wrong with a text", async () => {
    await page.getByLabel("Text").fill("a".repeat(70_000));
    await page.getByRole("button", { name: "Convert" }).click();
    await page.locator("output.error", { hasText: "longer than 65536 bytes" }).waitFor();
    // The browser itself reports the 413.
    assert.equal(errors.splice(0).filter((error) => !error.includes("413")).length, 0);
  });

  it("runs without an error", () => {
    assert.deepEqual(errors, []);
  });

  async function answers(text: string): Promise<void> {
    await page.waitForFunction(
      `document.querySelector("output").value.trim() === ${JSON.stringify(text)}`,
    );
  }
});
