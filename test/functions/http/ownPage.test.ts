import { mustBeOwnPage } from "../../../functions/http/ownPage.ts";

const passes = (headers: Record<string, string>, method = "POST", auth: "keys" | "entra" = "entra") => {
  try {
    mustBeOwnPage(method, new Headers(headers), auth);
    return true;
  } catch {
    return false;
  }
};

test.each([
  ["the page itself", { "sec-fetch-site": "same-origin", origin: "https://app.example" }, true],
  ["another site's page", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }, false],
  ["a page of a sibling site", { "sec-fetch-site": "same-site", origin: "https://other.example" }, false],
  ["an older browser on the page itself", { origin: "https://app.example", host: "app.example" }, true],
  [
    "the page behind a proxy",
    { origin: "https://front.example", host: "app", "x-forwarded-host": "front.example" },
    true,
  ],
  ["an older browser on another site", { origin: "https://evil.example", host: "app.example" }, false],
  ["a page without an origin", { origin: "null", host: "app.example" }, false],
  ["a program", {}, true],
  ["whoever has a token", { "sec-fetch-site": "cross-site", authorization: "Bearer x" }, true],
])("signed in, %s: may change something %j → %s", (_, headers, may) => {
  expect(passes(headers)).toBe(may);
});

test("who only reads is asked nothing, and a key in a header is proof enough", () => {
  const evil = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
  expect(passes(evil, "GET")).toBe(true);
  expect(passes(evil, "POST", "keys")).toBe(true);
});
