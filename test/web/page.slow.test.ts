import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { goOn } from "../../local/clock.ts";
import { estateOf, sampleTemplate, seedEstate } from "../../local/estate.ts";
import { type Launched, launch } from "../../local/launch.ts";
import { type Owner, signInAsOwner } from "../../local/owner.ts";
import { axeFinds, inBrowser, openBrowser, openPage, press, tabTo, type Watched } from "./browser.ts";
import { takeAwayOneGrant } from "./drift.ts";

/** The whole local default, sixty minutes in twenty seconds; the page by keyboard alone, from the door to a drift put right. */
const speed = 180;
const long = { timeout: 45_000 };
jest.setTimeout(120_000);

inBrowser()("the page, by keyboard", () => {
  const data = mkdtempSync(join(tmpdir(), "page-"));
  let launched: Launched;
  let browser: Browser;
  let tab: Watched;
  let arm: Owner;
  let master = "";
  const estate = () => estateOf(launched.azure.subscriptionId);

  beforeAll(async () => {
    const ports = 20_000 + (process.pid % 20_000);
    const flags = { port: ports, azurePort: ports + 1, speed, data, sample: false, once: false };
    launched = await launch(flags, () => {});
    arm = signInAsOwner(launched.azure);
    await seedEstate(arm, estate());
    master = (JSON.parse(readFileSync(join(data, "keys.json"), "utf8")) as { master: string }).master;
    browser = await openBrowser();
    tab = await openPage(browser, launched.appUrl, { secrets: [launched.functionKey, master] });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await launched?.stop();
    rmSync(data, { recursive: true, force: true });
  });
  afterEach(() => expect(tab.faults).toEqual([]));

  test("nothing is seen without a key, and a wrong one is told", async () => {
    const { page } = tab;
    await page.goto("/api/dashboard");
    await page.getByLabel("Function key").waitFor();
    expect(await axeFinds(page)).toEqual([]);
    await tabTo(page, "Function key");
    await page.keyboard.type("wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toContain("does not open");
    await page.keyboard.press("Control+A");
    await page.keyboard.type(launched.functionKey);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Builds" }).waitFor();
    expect(await axeFinds(page)).toEqual([]);
  });

  test("a template is planned before anything is done, with reasons; approved, it is built and followed to its end", async () => {
    const { page } = tab;
    await press(page, "Plan");
    await page.getByRole("heading", { name: "Plan", exact: true }).waitFor();
    await press(page, "Or a template that exists nowhere yet");
    await tabTo(page, /^Resource group/);
    await page.keyboard.insertText(estate().imagesGroup);
    await tabTo(page, "Name");
    await page.keyboard.insertText("ubuntu-2404");
    await tabTo(page, /^Body/);
    await page.keyboard.insertText(JSON.stringify(sampleTemplate(estate())));
    await press(page, "Make the plan");
    await page.getByText("distribute[0] publishes into this gallery").waitFor(long);
    expect(await page.getByText("3 rights needed, 3 missing; 7 changes to make").count()).toBe(1);
    expect(await axeFinds(page)).toEqual([]);
    await press(page, "Approve and build");
    await page.getByRole("dialog").waitFor();
    expect(await page.getByRole("dialog").textContent()).toContain("7 changes will be made first");
    expect(await axeFinds(page)).toEqual([]);
    await press(page, "Build with this plan");
    await page.getByRole("heading", { name: "ubuntu-2404", exact: true }).waitFor();
    await page.locator(".stretches", { hasText: "waiting for rights" }).waitFor(long);
    expect(await axeFinds(page)).toEqual([]);
    await page.locator("pre", { hasText: "azure-arm" }).waitFor(long);
    await page.locator(".state", { hasText: "succeeded" }).waitFor(long);
    expect(await page.getByRole("img", { name: /^Timeline over/ }).count()).toBe(1);
    const picture = await page.locator("svg title").allTextContents();
    // Which of the service's stages a busy machine gets to see is luck; that it sees the run is not.
    for (const stretch of [/^waiting for rights, /, /^(building|customizing|distributing), /, /requests? to Azure$/])
      expect(picture.filter((words) => stretch.test(words))).not.toEqual([]);
    await page.locator(".state", { hasText: "delivered" }).last().waitFor(long);
    expect(await axeFinds(page)).toEqual([]);
  });

  test("a build is cancelled, after asking", async () => {
    const { page } = tab;
    // Slow enough for somebody to come in time.
    goOn(data, 20);
    await press(page, "Plan again");
    await press(page, "Make the plan");
    await press(page, "Approve and build");
    await page.getByText("Nothing has to be changed first.").waitFor(long);
    await press(page, "Build with this plan");
    await press(page, "Cancel");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("Enter");
    await press(page, "Cancel this build");
    goOn(data, speed);
    await page.locator(".state", { hasText: "cancelled" }).waitFor(long);
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(1);
    await press(page, "Builds");
    await page.getByRole("list", { name: "Builds" }).getByText("cancelled").waitFor();
    expect(await page.getByRole("list", { name: "Builds" }).getByRole("listitem").count()).toBe(2);
    expect(await axeFinds(page)).toEqual([]);
  });

  test("drift is marked in the matrix and put right by an approver", async () => {
    const { page } = tab;
    await takeAwayOneGrant(arm, estate());
    await press(page, "Audits");
    await press(page, "Audit now");
    await page.getByRole("dialog").waitFor();
    await press(page, "Start the audit");
    const drift = page.getByRole("cell").getByRole("button", { name: /missing/ });
    await drift.waitFor(long);
    expect(await page.getByRole("cell", { name: "stands" }).count()).toBe(2);
    expect(await axeFinds(page)).toEqual([]);
    await press(page, "Choose all");
    await press(page, /^Put right/);
    await tabTo(page, /^Key of an approver/);
    await page.keyboard.type(launched.functionKey);
    await page.keyboard.press("Enter");
    await page.getByText("That is not the key of an approver").waitFor();
    expect(await axeFinds(page)).toEqual([]);
    await page.keyboard.press("Control+A");
    await page.keyboard.type(master);
    await page.keyboard.press("Enter");
    await page.locator(".state", { hasText: "made" }).first().waitFor(long);
    expect(await axeFinds(page)).toEqual([]);
    await press(page, "Audits");
    await press(page, "Audit now");
    await press(page, "Start the audit");
    await page.locator(".state", { hasText: "as it should be" }).waitFor(long);
  });

  test("on a phone nothing is wider than the screen, and nothing of it is lost", async () => {
    const { page } = tab;
    await page.setViewportSize({ width: 360, height: 740 });
    for (const name of ["Audits", "Proofs", "Plan", "Builds"]) {
      await press(page, name);
      await page.getByRole("heading", { name, exact: true }).waitFor();
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
      expect(await axeFinds(page)).toEqual([]);
    }
    await press(page, /^ubuntu-2404/);
    await page.getByRole("img", { name: /^Timeline over/ }).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
  });

  test("leaving forgets the key", async () => {
    const { page } = tab;
    await press(page, "Leave");
    await page.getByLabel("Function key").waitFor();
    expect(await page.evaluate("sessionStorage.length + localStorage.length + document.cookie.length")).toBe(0);
  });
});
