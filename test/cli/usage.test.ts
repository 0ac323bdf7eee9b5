import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goldsmith } from "./goldsmith.ts";

test("--help names every exit code", async () => {
  const { exit, out } = await goldsmith(["--help"]);
  expect([exit, out.includes("130 interrupted")]).toEqual([0, true]);
});

/** What a module of the bundle loads with it, itself included; what it imports later is left out. */
function loadedWith(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(join("dist/cli", file), "utf8");
  for (const [, name = ""] of text.matchAll(/^(?:import|\} from) "\.\/(.*)";$/gm)) loadedWith(name, seen);
  return seen;
}

// How long it takes is measured by `npm run bench` (helpMs).
test("--help loads no SDK, no schemas and no command: only the parser and what is declared", () => {
  const loaded = [...loadedWith("goldsmith.mjs")].map((file) => readFileSync(join("dist/cli", file), "utf8"));
  const from = loaded.flatMap((text) => [...text.matchAll(/^\/\/ (\S+\.[cm]?[jt]s)$/gm)].map(([, name = ""]) => name));
  const packages = from.flatMap((name) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1] ?? []);
  expect(new Set(packages)).toEqual(new Set(["commander", "picocolors"]));
  expect(from).toContain("cli/program.ts");
  expect(from.filter((name) => name.startsWith("cli/commands/") || name.startsWith("functions/"))).toEqual([]);
  expect(loaded.join("").length).toBeLessThan(200_000);
});

test.each([
  ["no such command", ["bake"]],
  ["no such flag", ["list", "--all-of-them"]],
  ["no template", ["build"]],
  ["a form that is none", ["plan", "x", "--output", "yaml"]],
  ["a time that is none", ["watch", "x", "--timeout", "soon"]],
])("%s is wrong usage: exit 2, and nothing on stdout", async (_, args) => {
  const { exit, out, err } = await goldsmith(args, { GOLDSMITH_URL: "http://localhost:1" });
  expect([exit, out]).toEqual([2, ""]);
  expect(err).not.toBe("");
});

test.each([
  ["--live", ["calibrate", "--subscription", "11111111-1111-1111-1111-111111111111"]],
  ["--subscription", ["calibrate", "--live"]],
  ["--subscription", ["calibrate", "--live", "--subscription", "my sandbox"]],
  ["--resource-group", ["calibrate", "--live", "--resource-group", "../x"]],
])("calibrate without a good %s is wrong usage: nothing is asked of anybody", async (flag, args) => {
  const { exit, out, err } = await goldsmith(args, { GOLDSMITH_ARM_ENDPOINT: "https://localhost:1" });
  expect([exit, out]).toEqual([2, ""]);
  expect(err).toContain(flag);
});

test("without a Goldsmith it says how to name one, and how to do without", async () => {
  const { exit, err } = await goldsmith(["list"]);
  expect(exit).toBe(2);
  expect(err).toContain("--url");
  expect(err).toContain("--emulator");
});

test("a file that holds no template is wrong usage, and it says why", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "cli-")), "t.json");
  const cases: [string, string][] = [
    ["{", "not JSON"],
    ['{"location":"westeurope"}', "--resource-group"],
    ['{"resources":[]}', "0 image templates"],
    [
      `{"resources":[{"type":"Microsoft.VirtualMachineImages/imageTemplates","name":"[parameters('n')]"}]}`,
      "[parameters('n')]",
    ],
  ];
  for (const [content, reason] of cases) {
    writeFileSync(file, content);
    const { exit, err } = await goldsmith(["plan", file], { GOLDSMITH_URL: "http://localhost:1" });
    expect([exit, err.includes(reason)]).toEqual([2, true]);
  }
});

test("a Goldsmith that does not answer is asked a few times, then exit 1", async () => {
  const { exit, out } = await goldsmith(["list", "-o", "json"], { GOLDSMITH_URL: "http://localhost:1" });
  expect(exit).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ problem: { code: "NotReachable" } });
}, 30_000);

test("an answer of 503 is asked for again after what Retry-After says", async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    if (asked < 3) response.writeHead(503, { "retry-after": "1" }).end();
    else response.writeHead(200, { "content-type": "application/json" }).end('{"value":[]}');
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const { exit, out } = await goldsmith(["list"], { GOLDSMITH_URL: `http://127.0.0.1:${port}` });
  server.close();
  expect([exit, out.trim(), asked]).toEqual([0, "No builds.", 3]);
});

test("what starts something is asked for again under the same key when its answer gets lost; a build joins by itself, and has none", async () => {
  const asked: [path: string, key: unknown][] = [];
  const server = createServer((request, response) => {
    asked.push([String(request.url), request.headers["idempotency-key"]]);
    if (asked.length % 2 === 1) request.socket.destroy();
    else response.writeHead(202, { "content-type": "application/json" }).end('{"id":"x-1","state":"revoking"}');
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const env = { GOLDSMITH_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const image = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/g/images/i/versions/1.0.0";
  const revoked = await goldsmith(["revoke", image, "--reason", "CVE", "--yes"], env);
  const built = await goldsmith(["build", "/subscriptions/s/x", "--no-wait"], env);
  const named = await goldsmith(["build", "/subscriptions/s/x", "--no-wait", "--idempotency-key", "run 7"], env);
  server.close();
  expect([revoked.exit, built.exit, named.exit]).toEqual([0, 0, 0]);
  const key = asked[0]?.[1];
  expect(key).toMatch(/^[0-9a-f-]{36}$/);
  expect(asked).toEqual([
    ["/api/revocations", key],
    ["/api/revocations", key],
    ["/api/builds", undefined],
    ["/api/builds", undefined],
    ["/api/builds", "run 7"],
    ["/api/builds", "run 7"],
  ]);
});

test("the key goes to the Goldsmith named and is shown nowhere", async () => {
  let given: string | undefined;
  const server = createServer((request, response) => {
    given = request.headers["x-functions-key"] as string;
    response.writeHead(302, { location: "http://127.0.0.1:1/stolen" }).end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const env = { GOLDSMITH_URL: `http://127.0.0.1:${port}`, GOLDSMITH_KEY: "s3cret-key" };
  const ran = await goldsmith(["list", "--help"], env);
  const { exit, out, err } = await goldsmith(["list"], env);
  server.close();
  expect([exit, given]).toEqual([1, "s3cret-key"]);
  expect(ran.out + out + err).not.toContain("s3cret-key");
  expect(err).toContain("Redirected");
});

test("bash completes commands, and the flags of each", async () => {
  const { out } = await goldsmith(["completion", "bash"]);
  const complete = (words: string) => {
    const list = words.split(" ");
    const script = `${out}\nCOMP_WORDS=(${list.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${list.length - 1}; _goldsmith; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return spawnSync("bash", ["-c", script], { encoding: "utf8" }).stdout.trim().split("\n");
  };
  expect(complete("goldsmith bu")).toEqual(["build"]);
  expect(complete("goldsmith plan --fail")).toEqual(["--fail-on-missing"]);
  expect(complete("goldsmith build --url")).toEqual(["--url"]);
  expect(complete("goldsmith schedules re")).toEqual(["resume"]);
  expect(complete("goldsmith roles apply --ye")).toEqual(["--yes"]);
});

const zsh = spawnSync("zsh", ["--version"]).status === 0 ? test : test.skip;
zsh("zsh completes commands, those below them, and flags", async () => {
  const { out } = await goldsmith(["completion", "zsh"]);
  const complete = (words: string) => {
    const list = words.split(" ");
    // What the shell would be told, said instead: outside of a terminal there is no menu.
    const stubs = `_describe() { print -l -- \${(P)2}; }; compadd() { shift; print -l -- $@; }; _files() { print files; }; compdef() {}`;
    const script = `${stubs}\n${out}\nwords=(${list.map((word) => `'${word}'`).join(" ")}); CURRENT=${list.length}; PREFIX='${list.at(-1)}'; _goldsmith`;
    return spawnSync("zsh", ["-f", "-c", script], { encoding: "utf8" });
  };
  expect(complete("goldsmith bu").stdout).toContain("build:build a template");
  expect(complete("goldsmith roles ").stdout).toMatch(/^validate:.*\napply:/);
  expect(complete("goldsmith roles apply --y").stdout.split("\n")).toContain("--yes");
  expect(complete("goldsmith plan ")).toMatchObject({ status: 0, stdout: "files\n", stderr: "" });
});

test("the zsh script names every command with what it does", async () => {
  const { out } = await goldsmith(["completion", "zsh"]);
  expect(out.startsWith("#compdef goldsmith\n")).toBe(true);
  for (const name of ["plan", "build", "watch", "cancel", "logs", "list", "audit"]) expect(out).toContain(`'${name}:`);
});

test.each(["roles", "schedules", "targets", "channels", "retention", "share"])(
  "%s alone says what is below it, and is wrong usage",
  async (group) => {
    const { exit, out, err } = await goldsmith([group]);
    expect([exit, out, err.includes(`goldsmith ${group} `)]).toEqual([2, "", true]);
  },
);
