import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { sampleTemplate } from "../../local/estate.ts";
import { eventually } from "../../local/processes.ts";
import { openTerminal } from "../cli/terminal.ts";
import { terminalPage } from "./ansi.ts";
import { openBrowser } from "./browser.ts";
import { takeAwayOneGrant } from "./drift.ts";
import { openScene, publish } from "./scene.ts";

/** `npm run pictures`: the pictures of docs/, from the page and a terminal over a real local estate. Needs chromium and tmux. */
const folder = "docs/pictures";
const data = mkdtempSync(join(tmpdir(), "pictures-"));
mkdirSync(folder, { recursive: true });
const scene = await openScene(27_071, 90, data, console.log);
const browser = await openBrowser();
const { estate, arm, call } = scene;
/** Of the terminal. */
const shownLines = 26;
const minutes = { timeout: 180_000 };
try {
  await pictureOfBuilding();
  await pictureOfChannels();
  await pictureOfAudit();
} finally {
  await browser.close();
  await scene.stop();
  rmSync(data, { recursive: true, force: true });
}

/** A template is built from a terminal, and looked at on the page meanwhile and afterwards. */
async function pictureOfBuilding(): Promise<void> {
  const file = join(data, "ubuntu-2404.json");
  const template = { resourceGroupId: estate.imagesGroup, name: "ubuntu-2404", body: sampleTemplate(estate) };
  writeFileSync(file, JSON.stringify(template));
  const env = { GOLDSMITH_URL: scene.appUrl, GOLDSMITH_KEY: scene.functionKey, FORCE_COLOR: "1" };
  const terminal = openTerminal(["build", file, "--verify"], env, { columns: 120, lines: shownLines });
  try {
    const seen = (what: RegExp) =>
      eventually(`${what}`, async () => what.test(terminal.screen()) || undefined, 120_000);
    await seen(/customizing \d+\/\d+/);
    const light = await entered("light", 1180, 860);
    await light.getByRole("link", { name: /^ubuntu-2404/ }).click();
    await light.locator("pre", { hasText: "hardening" }).waitFor(minutes);
    await light.locator(".stretches", { hasText: "customizing" }).waitFor(minutes);
    await keep(light, "build-running");
    const screen = await (await browser.newContext({ deviceScaleFactor: 1.5 })).newPage();
    const last = terminal.screen({ colours: true }).split("\n").slice(-shownLines).join("\n");
    await screen.setContent(terminalPage(last));
    const { width = 0, height = 0 } = (await screen.locator("pre").boundingBox()) ?? {};
    await screen.setViewportSize({ width: Math.ceil(width), height: Math.ceil(height) });
    await keep(screen, "terminal");
    await light.locator(".head .state", { hasText: "succeeded" }).waitFor(minutes);
    await keep(light, "build");
    const phone = await entered("light", 390, 800);
    await phone.getByRole("link", { name: /^ubuntu-2404/ }).click();
    await phone.getByRole("img", { name: /^Timeline/ }).waitFor();
    await keep(phone, "build-phone");
    await light.getByRole("link", { name: "Proofs" }).click();
    await light.getByRole("link", { name: /^ubuntu-2404/ }).click();
    await light.getByRole("heading", { name: "Make a machine like it" }).waitFor();
    await keep(light, "proof");
  } finally {
    terminal.close();
  }
}

async function pictureOfChannels(): Promise<void> {
  const move = async (channel: string, version: string, reason: string, kind = "promote") => {
    const { id, state } = await call<{ id: string; state: string }>("POST", "channels", {
      definitionId: estate.definition,
      channel,
      version,
      reason,
      kind,
    });
    return { id, state };
  };
  const done = (id: string) =>
    eventually(id, async () => (await call("GET", `channel-moves/${id}`)).state === "done" || undefined, 120_000);
  for (const version of ["1.0.6", "1.0.7", "1.0.8"]) await publish(scene, version);
  await done((await move("canary", "1.0.6", "updates of September")).id);
  const first = await move("production", "1.0.6", "a week on canary without a complaint");
  await call("POST", `channel-moves/${first.id}/approvals`, { decision: "approve" }, scene.master);
  await done(first.id);
  await done((await move("canary", "1.0.8", "updates of October, kernel 6.8.0-48")).id);
  await done((await move("canary", "1.0.7", "1.0.8 loses its network at first boot", "rollBack")).id);
  await move("production", "1.0.7", "closes CVE-2026-1187, three days on canary");
  const light = await entered("light", 1180, 860);
  await light.getByRole("link", { name: "Channels" }).click();
  await light
    .getByRole("link", { name: /^ubuntu-2404/ })
    .first()
    .click();
  await light.getByRole("heading", { name: "History" }).waitFor();
  await keep(light, "channels");
}

async function pictureOfAudit(): Promise<void> {
  const second = estate.template.replace(/[^/]+$/, "ubuntu-2404-web");
  await arm("PUT", `${second}?api-version=2024-02-01`, sampleTemplate(estate));
  // A build that goes on would grant again what is taken away.
  const ofSecond = `builds?state=succeeded&templateId=${encodeURIComponent(second)}`;
  const ended = async () => (await call<{ value: unknown[] }>("GET", ofSecond)).value[0];
  await eventually("the build of ubuntu-2404-web", ended, 180_000);
  await takeAwayOneGrant(arm, estate);
  const dark = await entered("dark", 1180, 860);
  await dark.getByRole("link", { name: "Audits" }).click();
  await dark.getByRole("button", { name: "Audit now" }).click();
  await dark.getByRole("button", { name: "Start the audit" }).click();
  await dark.getByRole("button", { name: "Choose all" }).waitFor(minutes);
  await keep(dark, "audit-dark");
}

async function entered(colorScheme: "light" | "dark", width: number, height: number): Promise<Page> {
  const page = await (await browser.newContext({ colorScheme, viewport: { width, height } })).newPage();
  await page.goto(`${scene.appUrl}/api/dashboard`);
  await page.getByLabel("Function key").fill(scene.functionKey);
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
  if (process.env.PICTURES_PNG) await page.screenshot({ path: join(process.env.PICTURES_PNG, `${name}.png`) });
  console.log(`${folder}/${name}.webp`);
}
