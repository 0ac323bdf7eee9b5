import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { goOn } from "../../local/clock.ts";
import { sampleTemplate } from "../../local/estate.ts";
import { axeFinds, dialogGone, inBrowser, openBrowser, openPage, press, tabTo, type Watched } from "./browser.ts";
import { takeAwayOneGrant } from "./drift.ts";
import { openScene, publish, type Scene } from "./scene.ts";

/** The whole local default, sixty minutes in twenty seconds; the page by keyboard alone, from the door to a drift put right. */
const speed = 180;
const long = { timeout: 45_000 };
jest.setTimeout(120_000);

inBrowser()("the page, by keyboard", () => {
  const data = mkdtempSync(join(tmpdir(), "page-"));
  let scene: Scene;
  let browser: Browser;
  let tab: Watched;

  beforeAll(async () => {
    const ports = 20_000 + (process.pid % 20_000);
    scene = await openScene(ports, speed, data);
    browser = await openBrowser();
    tab = await openPage(browser, scene.appUrl, { secrets: [scene.functionKey, scene.master] });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await scene?.stop();
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
    await page.keyboard.type(scene.functionKey);
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
    await page.keyboard.insertText(scene.estate.imagesGroup);
    await tabTo(page, "Name");
    await page.keyboard.insertText("ubuntu-2404");
    await tabTo(page, /^Body/);
    await page.keyboard.insertText(JSON.stringify(sampleTemplate(scene.estate)));
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
    await dialogGone(page);
    await page.keyboard.press("Enter");
    await press(page, "Cancel this build");
    // Faster, it could end before it is asked to.
    await page.locator(".state", { hasText: /^cancell/ }).waitFor(long);
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
    await takeAwayOneGrant(scene.arm, scene.estate);
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
    await page.keyboard.type(scene.functionKey);
    await page.keyboard.press("Enter");
    await page.getByText("That is not the key of an approver").waitFor();
    expect(await axeFinds(page)).toEqual([]);
    await page.keyboard.press("Control+A");
    await page.keyboard.type(scene.master);
    await page.keyboard.press("Enter");
    await page.locator(".state", { hasText: "made" }).first().waitFor(long);
    expect(await axeFinds(page)).toEqual([]);
    await press(page, "Audits");
    await press(page, "Audit now");
    await press(page, "Start the audit");
    await page.locator(".state", { hasText: "as it should be" }).waitFor(long);
  });

  test("a version is promoted with a reason; where a channel asks for it, an approver agrees or rejects", async () => {
    const { page } = tab;
    await publish(scene, "1.0.0");
    await press(page, "Channels");
    await page.locator(".rows", { hasText: "ubuntu-2404" }).waitFor(long);
    expect(await axeFinds(page)).toEqual([]);
    await press(page, /^ubuntu-2404/);
    await promote("Promote canary", "");
    await promote("Promote canary", "updates of November");
    await channel("canary").getByText("1.0.0").waitFor(long);
    await promote("Promote production", "in a hurry");
    await decide(/^Reject production/);
    await page.locator(".story .state", { hasText: "rejected" }).waitFor(long);
    // The button is gone with its question; the focus is not.
    expect(await page.evaluate("document.activeElement.textContent")).toBe("ubuntu-2404");
    await page.getByRole("region", { name: "Shared with" }).getByText("Nobody yet").waitFor(long);
    await promote("Promote production", "a week on canary");
    await page.getByRole("heading", { name: "Waiting for an approver" }).waitFor(long);
    await decide(/^Approve production/);
    await channel("production").getByText("1.0.0").waitFor(long);
    expect(await page.getByText("approved by whoever holds the master key").count()).toBe(1);
    await promote("Roll back canary", "it loses its network");
    await channel("canary").getByText("0.0.1").waitFor(long);
    expect(await page.getByText(/1\.0\.0 left latest/).count()).toBe(1);
    expect(await axeFinds(page)).toEqual([]);
  });

  const channel = (name: string) => tab.page.locator(".tiles li", { hasText: name }).locator(".means");

  /** Without a reason it is not asked for; the dialog stays and says so. */
  async function promote(button: string, reason: string): Promise<void> {
    const { page } = tab;
    await press(page, button);
    await tabTo(page, "Why");
    if (reason) await page.keyboard.type(reason);
    expect(await axeFinds(page)).toEqual([]);
    await page.keyboard.press("Enter");
    if (!reason) {
      expect(await page.evaluate("document.activeElement.validity.valueMissing")).toBe(true);
      await page.keyboard.press("Escape");
    }
    await dialogGone(page);
  }

  async function decide(button: RegExp): Promise<void> {
    const { page } = tab;
    await press(page, button);
    await tabTo(page, /^Key of an approver/);
    await page.keyboard.type(scene.master);
    await page.keyboard.press("Enter");
    await dialogGone(page);
  }

  test("a build waits for an approver, who lets latest mean it", async () => {
    const { page } = tab;
    await scene.call("POST", "builds", { templateId: scene.estate.template, approval: true });
    await press(page, "Builds");
    await page.getByRole("list", { name: "Builds" }).getByText("awaiting approval").waitFor(long);
    await press(page, /^ubuntu-2404.*awaiting approval/);
    await page.getByRole("heading", { name: "Waiting for an approver" }).waitFor(long);
    expect(await axeFinds(page)).toEqual([]);
    await decide(/^Approve ubuntu-2404/);
    await page.locator(".head .state", { hasText: "succeeded" }).waitFor(long);
    expect(await page.getByText("approved by whoever holds the master key").count()).toBeGreaterThan(0);
  });

  test("a proof shows what was seen of the machine, and how to make one like it", async () => {
    const { page } = tab;
    await scene.call("POST", "verifications", { image: `${scene.estate.definition}/versions/1.0.0` });
    await press(page, "Proofs");
    await page.locator(".state", { hasText: "proven" }).waitFor(long);
    expect(await axeFinds(page)).toEqual([]);
    await press(page, /^ubuntu-2404 1\.0\.0/);
    await page.getByRole("heading", { name: "Make a machine like it" }).waitFor(long);
    expect(await page.getByText("walinuxagent 2.11.1.4 active").count()).toBe(1);
    expect(await page.getByRole("region", { name: "By Azure CLI" }).textContent()).toContain("az vm create");
    expect(await axeFinds(page)).toEqual([]);
  });

  test("a message that was refused is sent again", async () => {
    const { page } = tab;
    await press(page, "Deliveries");
    const refused = page.locator(".delivery", { hasText: "change-board: answered 400" });
    await refused.first().waitFor(long);
    const before = await refused.count();
    expect(await axeFinds(page)).toEqual([]);
    scene.mendBoard();
    await press(page, /^Send again build succeeded to change-board/);
    await page.getByRole("dialog").waitFor();
    expect(await axeFinds(page)).toEqual([]);
    await press(page, "Send it again");
    await page.locator(".delivery", { hasText: "change-board" }).getByText("delivered").first().waitFor(long);
    expect(await refused.count()).toBe(before - 1);
  });

  test("a schedule says what it did and what comes next; it is paused and resumed", async () => {
    const { page } = tab;
    const schedule = { templateId: scene.estate.template, cron: "0 */20 * * * *", timeZone: "Europe/Berlin" };
    await scene.call("PUT", "schedules", schedule, scene.master);
    await press(page, "Schedules");
    await page.getByRole("list", { name: "Turns of ubuntu-2404" }).getByRole("listitem").first().waitFor(long);
    expect(await axeFinds(page)).toEqual([]);
    await decide(/^Pause/);
    await page.getByText(/none, paused since/).waitFor(long);
    expect(await axeFinds(page)).toEqual([]);
    await decide(/^Resume/);
    await page.locator(".state", { hasText: "active" }).waitFor(long);
    await decide(/^Pause/);
  });

  test("on a phone nothing is wider than the screen, and nothing of it is lost", async () => {
    const { page } = tab;
    await page.setViewportSize({ width: 360, height: 740 });
    for (const name of ["Audits", "Proofs", "Plan", "Schedules", "Channels", "Deliveries", "Builds"]) {
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
