import { createHash } from "node:crypto";
import type { HttpResponseInit } from "@azure/functions";
import { Refused } from "../../shared/problem.ts";
import { route } from "./route.ts";

/** The page's files by name: `local/page.ts` makes them of `page/`, `local/bundle.ts` puts them into the bundle. */
declare const PAGE_FILES: Readonly<Record<string, string>>;
const files = typeof PAGE_FILES === "undefined" ? {} : PAGE_FILES;

/** Another one with every change of any file: what is below it may be kept for good. */
const version = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 12);

const types: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** Nothing but this app's own files and this app's own API; nobody may frame it; text never becomes markup. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const guarded = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** `GET /dashboard`: the page for people. It holds no data and no key: it asks this API for everything, as whoever looks at it. */
export const getDashboard = route({
  name: "getDashboard",
  method: "GET",
  path: "dashboard",
  role: "anyone",
  summary:
    "The page for people: builds live, plans, audits. Holds no data: it reads this API with the caller's own key",
  answers: [{ status: 200, means: "The page", type: "text/html" }],
  examples: [{ title: "The page", status: 200 }],
  handle: async ({ deps }) => ({
    headers: { ...guarded, "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" },
    body: shell(deps.settings.auth),
  }),
});

/** `GET /dashboard/{version}/{file}`: what the page is made of. */
export const getDashboardFile = route({
  name: "getDashboardFile",
  method: "GET",
  path: "dashboard/{version}/{file}",
  role: "anyone",
  summary: "A file of the page",
  answers: [
    { status: 200, means: "The file; it never changes under this address", type: "text/javascript" },
    { status: 404, means: "The page has no such file, or another version was deployed" },
  ],
  examples: [{ title: "A file of another version", params: { version: "0", file: "main.js" }, status: 404 }],
  async handle({ params }): Promise<HttpResponseInit> {
    const { file = "" } = params;
    const type = types[file.split(".").at(-1) ?? ""];
    if (params.version !== version || !Object.hasOwn(files, file) || !type) throw new Refused(fileNotFound);
    const cache = "public, max-age=31536000, immutable";
    return { headers: { ...guarded, "content-type": type, "cache-control": cache }, body: files[file] ?? "" };
  },
});

const fileNotFound = {
  code: "FileNotFound",
  title: "The page has no such file",
  status: 404,
  fix: ["Load /api/dashboard again"],
};

/** Where App Service signs people in and leads them back. */
const signIn = "/.auth/login/aad?post_login_redirect_uri=%2Fapi%2Fdashboard";

function shell(auth: "keys" | "entra"): string {
  const at = (file: string) => `dashboard/${version}/${file}`;
  // In the order of their names, and so they are named.
  const styles = Object.keys(files).filter((file) => file.endsWith(".css"));
  const scripts = Object.keys(files).filter((file) => file.endsWith(".js"));
  const way =
    auth === "entra"
      ? `<p><a href="${signIn}">Sign in</a> to look at builds, plans and audits.</p>`
      : '<p>This page needs JavaScript; <a href="openapi.json">the API</a> does not.</p>';
  return `<!doctype html>
<html lang="en" data-auth="${auth}">
<head>
<meta charset="utf-8">
<title>Goldsmith</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${at("icon.svg")}" type="image/svg+xml">
${styles.map((file) => `<link rel="stylesheet" href="${at(file)}">`).join("\n")}
${scripts.map((file) => `<link rel="modulepreload" href="${at(file)}">`).join("\n")}
<script type="module" src="${at("main.js")}"></script>
</head>
<body><main class="bare"><h1>Goldsmith</h1>${way}</main></body>
</html>
`;
}
