import { existsSync, readFileSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = places.find((place) => existsSync(place));

/** `describe`, or where no browser is, a loud skip. */
export const inBrowser = () => (executablePath ? describe : describe.skip);
if (!executablePath) console.warn(`NO BROWSER: nothing of the page is tested. Install chromium (looked in ${places})`);

/** Debian's Chromium, which asks nobody for anything. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    args: ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"],
  });

/** A tab, and what it must not have done. */
export interface Watched {
  readonly page: Page;
  /** Errors, violations of the content security policy, requests to anybody else or with `secrets` in their address. */
  readonly faults: string[];
}

/** Opens a tab that is watched. */
export async function openPage(
  browser: Browser,
  origin: string,
  { secrets = [], ...options }: BrowserContextOptions & { readonly secrets?: readonly string[] } = {},
): Promise<Watched> {
  const page = await (await browser.newContext({ baseURL: origin, ...options })).newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (said) => {
    // The browser itself calls any 4xx an error; the page shows what it means.
    if (said.type() === "error" && !/Failed to load resource/.test(said.text())) faults.push(`console: ${said.text()}`);
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) faults.push(`asked somebody else: ${request.url()}`);
    if (secrets.some((secret) => request.url().includes(secret))) faults.push("a secret in an address");
  });
  await page.exposeFunction("violated", (what: string) => faults.push(`policy: ${what}`));
  await page.addInitScript(
    `addEventListener("securitypolicyviolation", (e) => violated(e.violatedDirective + " " + e.blockedURI + " " + e.sourceFile))`,
  );
  return { page, faults };
}

const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");

/** What axe finds wrong with the page as it is now, in both colour schemes. */
export async function axeFinds(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    const result = (await page.evaluate("axe.run(document)")) as {
      violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
    };
    for (const { id, nodes } of result.violations)
      found.push(
        ...nodes.map(({ html, failureSummary }) => `${colorScheme} ${id}: ${html.slice(0, 160)} ${failureSummary}`),
      );
  }
  return found;
}

/** What is named may have to be read first, by a busy machine: somebody who waits for it presses Tab again. */
const longestMs = 30_000;

/** Presses Tab until what is named has the focus, as somebody without a mouse does. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (const end = performance.now() + longestMs; performance.now() < end; ) {
    await page.keyboard.press("Tab");
    const focused = (await page.evaluate(`(() => {
      const it = document.activeElement;
      const label = it?.labels?.[0]?.textContent ?? it?.getAttribute("aria-label") ?? it?.textContent ?? "";
      return label.trim();
    })()`)) as string;
    if (typeof name === "string" ? focused === name : name.test(focused)) return;
  }
  throw new Error(`nobody comes to ${name} by Tab`);
}

/** The element itself has to go: a closed dialog is nothing to a screen reader a moment before the page has heard that it closed. */
export const dialogGone = (page: Page): Promise<void> => page.locator("dialog").waitFor({ state: "detached" });

/** Goes there by keyboard and presses it. */
export async function press(page: Page, name: string | RegExp): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press("Enter");
}
