import { createSign, generateKeyPairSync } from "node:crypto";
import { endStorage, startWorld, type TestWorld } from "../journeys/world.ts";
import { axeFinds, inBrowser, openBrowser, openPage } from "./browser.ts";

jest.setTimeout(120_000);
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const issuer = "https://tenant.example/v2.0";
const text = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

inBrowser()("the page where App Service signs people in", () => {
  let world: TestWorld;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  beforeAll(async () => {
    const keys = async () => [{ ...publicKey.export({ format: "jwk" }), kid: "k" }];
    const entra = { keys, issuers: [issuer], audiences: ["api://goldsmith"] };
    world = await startWorld({ settings: { GOLDSMITH_AUTH: "entra" }, host: { auth: "entra", entra } });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
    await endStorage();
  });

  /** Stands for the session that App Service keeps in a cookie: every request of the browser carries it. */
  function session(...roles: string[]): Record<string, string> {
    const exp = Math.floor(world.clock.now() / 1_000) + 3_600;
    const signed = `${text({ alg: "RS256", kid: "k" })}.${text({ iss: issuer, aud: "api://goldsmith", exp, oid: "somebody", roles })}`;
    return {
      authorization: `Bearer ${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`,
    };
  }

  test("nobody is led to the tenant's sign-in, and sees nothing before it", async () => {
    const { page, faults } = await openPage(browser, world.host.url);
    await page.goto("/api/dashboard");
    const signIn = page.getByRole("link", { name: "Sign in" });
    await signIn.waitFor();
    expect(await signIn.getAttribute("href")).toBe("/.auth/login/aad?post_login_redirect_uri=%2Fapi%2Fdashboard");
    expect(await page.getByRole("navigation").count()).toBe(0);
    expect([await axeFinds(page), faults]).toEqual([[], []]);
  });

  test("without the page's own files, as before App Service let anybody in, there is a way to sign in still", async () => {
    const { page } = await openPage(browser, world.host.url);
    await page.route("**/api/dashboard/**", (route) => route.fulfill({ status: 401, body: "" }));
    await page.goto("/api/dashboard");
    expect(await page.getByRole("link", { name: "Sign in" }).count()).toBe(1);
  });

  test("somebody signed in is let in without a key, and told what a missing role means", async () => {
    const { page, faults } = await openPage(browser, world.host.url, { extraHTTPHeaders: session("Reader") });
    await page.goto("/api/dashboard");
    await page.getByRole("heading", { name: "Builds" }).waitFor();
    await page.getByRole("link", { name: "Audits" }).click();
    await page.getByText("No audit yet").waitFor();
    expect([await axeFinds(page), faults]).toEqual([[], []]);
    const stranger = await openPage(browser, world.host.url, { extraHTTPHeaders: session() });
    await stranger.page.goto("/api/dashboard");
    await stranger.page.getByText("This needs the app role Reader").waitFor();
  });
});
