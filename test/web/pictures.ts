import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { estateOf, sampleTemplate, seedEstate } from "../../local/estate.ts";
import { launch } from "../../local/launch.ts";
import { signInAsOwner } from "../../local/owner.ts";
import { playSample } from "../../local/sample.ts";
import { openBrowser } from "./browser.ts";
import { takeAwayOneGrant } from "./drift.ts";

/** `npm run pictures`: the pictures of docs/, from the page over a real local estate. */
const folder = "docs/pictures";
const data = mkdtempSync(join(tmpdir(), "pictures-"));
mkdirSync(folder, { recursive: true });
const flags = { port: 27_071, azurePort: 27_443, speed: 90, data, sample: false, once: false };
const launched = await launch(flags, console.log);
const browser = await openBrowser();
try {
  const arm = signInAsOwner(launched.azure);
  const estate = estateOf(launched.azure.subscriptionId);
  const { appUrl, functionKey } = launched;
  await seedEstate(arm, estate);
  await playSample({ arm, estate, appUrl, functionKey });
  const second = estate.template.replace(/[^/]+$/, "ubuntu-2404-web");
  await arm("PUT", `${second}?api-version=2024-02-01`, sampleTemplate(estate));

  const light = await entered("light", 1180, 860);
  await light.locator(".state", { hasText: "customizing" }).waitFor({ timeout: 120_000 });
  await keep(light, "builds");
  await light.getByRole("link", { name: /^ubuntu-2404-web/ }).click();
  await light.locator("pre").waitFor({ timeout: 60_000 });
  await keep(light, "build-running");

  await light.getByText("succeeded").first().waitFor({ timeout: 180_000 });
  await light.getByRole("link", { name: "Builds", exact: true }).first().click();
  await light.getByRole("link", { name: /^ubuntu-2404(?!-)/ }).click();
  await light.getByRole("img", { name: /^Timeline/ }).waitFor();
  await keep(light, "build");
  await takeAwayOneGrant(arm, estate);
  const dark = await entered("dark", 1180, 860);
  await dark.getByRole("link", { name: "Audits" }).click();
  await dark.getByRole("button", { name: "Audit now" }).click();
  await dark.getByRole("button", { name: "Start the audit" }).click();
  await dark.getByRole("button", { name: "Choose all" }).waitFor({ timeout: 60_000 });
  await keep(dark, "audit-dark");

  const phone = await entered("light", 390, 800);
  await phone.getByRole("link", { name: /^ubuntu-2404(?!-)/ }).click();
  await phone.getByRole("img", { name: /^Timeline/ }).waitFor();
  await keep(phone, "build-phone");
} finally {
  await browser.close();
  await launched.stop();
  rmSync(data, { recursive: true, force: true });
}

async function entered(colorScheme: "light" | "dark", width: number, height: number): Promise<Page> {
  const page = await (await browser.newContext({ colorScheme, viewport: { width, height } })).newPage();
  await page.goto(`${launched.appUrl}/api/dashboard`);
  await page.getByLabel("Function key").fill(launched.functionKey);
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByRole("heading", { name: "Builds" }).waitFor();
  return page;
}

/** WebP, because it is a tenth of a PNG; playwright itself makes none. */
async function keep(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(700);
  const devtools = await page.context().newCDPSession(page);
  const { data: picture } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: 82 });
  writeFileSync(join(folder, `${name}.webp`), Buffer.from(picture, "base64"));
  console.log(`${folder}/${name}.webp`);
}
