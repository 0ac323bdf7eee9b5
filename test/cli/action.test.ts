import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import type { Build } from "../../shared/build.ts";
import { endStorage, startWorld, type TestWorld } from "../journeys/world.ts";
import { letPass } from "./goldsmith.ts";
import { folder, templateFile } from "./place.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

/** Runs what `action.yml` names as the runner does: inputs as variables, outputs and summary as files. */
async function act(
  inputs: Readonly<Record<string, string>>,
  stopWhen?: (log: string) => boolean,
  { here = folder(), event = {}, api }: { here?: string; event?: object; api?: string } = {},
) {
  const [outputFile, summaryFile] = [join(here, "output"), join(here, "summary")];
  for (const file of [outputFile, summaryFile]) writeFileSync(file, "");
  writeFileSync(join(here, "event.json"), JSON.stringify(event));
  const given = { url: world.host.url, key: "f".repeat(40), ...inputs };
  const child = spawn(
    process.execPath,
    [resolve(String(/main: (\S+)/.exec(readFileSync("action.yml", "utf8"))?.[1]))],
    {
      cwd: here,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH,
        GITHUB_ACTIONS: "true",
        CI: "true",
        GOLDSMITH_POLL: "0.1",
        GITHUB_OUTPUT: outputFile,
        GITHUB_STEP_SUMMARY: summaryFile,
        GITHUB_EVENT_PATH: join(here, "event.json"),
        GITHUB_REPOSITORY: "octo/images",
        ...(api ? { GITHUB_API_URL: api } : {}),
        ...Object.fromEntries(Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
      },
    },
  );
  let log = "";
  let stopped = false;
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      log += String(chunk);
    });
  await letPass(world, () => {
    if (!stopped && stopWhen?.(log)) stopped = child.kill("SIGINT");
    return child.exitCode !== null;
  });
  return {
    exit: child.exitCode,
    log,
    outputs: outputsOf(readFileSync(outputFile, "utf8")),
    summary: readFileSync(summaryFile, "utf8"),
  };
}

/** The runner's reading of its file: `name<<end`, lines, `end`. */
function outputsOf(text: string): Record<string, string> {
  const found = [...text.matchAll(/^(.+?)<<(.+)\n([\s\S]*?)\n\2$/gm)];
  return Object.fromEntries(found.map(([, name, , value]) => [String(name), String(value)]));
}

test("on a pull request it summarizes the plan and counts missing rights; failing on them is a choice", async () => {
  const template = templateFile(world, "pull-request");
  const { exit, log, outputs, summary } = await act({ command: "plan", template });
  expect([exit, log.includes("::error")]).toEqual([0, false]);
  expect(Number(outputs["rights-missing"])).toBeGreaterThan(0);
  expect(summary).toContain(String(outputs["plan-hash"]));
  expect((await act({ command: "plan", template, "fail-on-missing-rights": "true" })).exit).toBe(4);
});

test("on main it builds: image version, state and plan hash are outputs, the key is masked", async () => {
  const template = templateFile(world, "on-main");
  const { exit, log, outputs, summary } = await act({ template });
  expect(exit).toBe(0);
  expect(outputs).toMatchObject({ state: "succeeded", "plan-hash": expect.stringMatching(/^sha256:/) });
  expect(outputs["image-version-id"]).toMatch(/\/images\/ubuntu-2404\/versions\//);
  expect(summary).toContain(outputs["image-version-id"]);
  expect(log.split("f".repeat(40))).toHaveLength(2);
  expect(log).toContain(`::add-mask::${"f".repeat(40)}`);
});

test("a cancelled job cancels its build", async () => {
  const template = templateFile(world, "job-cancelled");
  const { exit } = await act({ template }, (log) => /creating|running/.test(log));
  expect(exit).toBe(130);
  const { body } = await world.call<{ value: Build[] }>("GET", "builds?limit=1");
  expect((await world.built(String(body.value[0]?.id))).state).toBe("cancelled");
});

test("what cannot work is an error in the log, and the step fails", async () => {
  const nowhere = await act({ template: "no-such-file.json" });
  expect([nowhere.exit, /^::error title=NotATemplate::/m.test(nowhere.log)]).toEqual([2, true]);
  const wrong = await act({ template: "x", command: "bake" });
  expect([wrong.exit, wrong.log.includes("plan or build")]).toEqual([2, true]);
});

/** A GitHub that knows one pull request and one push; what is written there is kept. */
async function gitHub(changed: readonly string[], mayComment = true) {
  const comments = [{ id: 1, body: "Looks good." }];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => {
      text += part;
    });
    request.on("end", () => {
      const path = (request.url ?? "").split("?")[0]?.replace("/repos/octo/images", "") ?? "";
      asked.push(`${request.method} ${path} ${request.headers.authorization}`);
      const [status, body] = answer(`${request.method} ${path}`, text);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  const answer = (what: string, text: string): [number, unknown] => {
    if (what === "GET /pulls/7/files") return [200, changed.map((filename) => ({ filename }))];
    if (what === "GET /compare/aaa...bbb") return [200, { files: changed.map((filename) => ({ filename })) }];
    if (what === "GET /issues/7/comments") return [200, comments];
    if (!mayComment) return [403, { message: "Resource not accessible by integration" }];
    const { body } = JSON.parse(text) as { body: string };
    if (what === "POST /issues/7/comments") return [201, comments.push({ id: comments.length + 1, body })];
    const known = comments.find(({ id }) => what === `PATCH /issues/comments/${id}`);
    if (!known) return [404, {}];
    known.body = body;
    return [200, known];
  };
  server.listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address() as AddressInfo;
  return { api: `http://127.0.0.1:${port}`, comments, asked, end: () => server.close() };
}

/** A checkout with two templates. */
function checkout(): string {
  const here = folder();
  mkdirSync(join(here, "images"));
  for (const name of ["web", "database"]) copyFileSync(templateFile(world, name), join(here, "images", `${name}.json`));
  return here;
}

test("a pull request gets one comment with the plans of the templates it changes, written anew by the next run", async () => {
  const github = await gitHub(["images/web.json", "README.md"]);
  const job = { here: checkout(), event: { pull_request: { number: 7 } }, api: github.api };
  const inputs = { template: "images/*.json", "github-token": "ghs_secret" };
  const first = await act(inputs, undefined, job);
  expect([first.exit, github.comments.length]).toEqual([0, 2]);
  const said = String(github.comments[1]?.body);
  expect(said).toContain(String(first.outputs["plan-hash"]));
  expect([said.includes("imageTemplates/web"), said.includes("imageTemplates/database")]).toEqual([true, false]);
  expect(JSON.parse(String(first.outputs.results))).toMatchObject([{ template: "images/web.json" }]);
  await act(inputs, undefined, job);
  expect(github.comments).toHaveLength(2);
  expect(github.asked.at(-1)).toBe("PATCH /issues/comments/2 Bearer ghs_secret");
  expect(first.log.split("ghs_secret")).toHaveLength(2);
  github.end();
});

test("where the token may not comment, as in a fork's pull request, the plan is in the summary and the step goes on", async () => {
  const github = await gitHub(["images/web.json"], false);
  const job = { here: checkout(), event: { pull_request: { number: 7 } }, api: github.api };
  const { exit, log, summary } = await act({ template: "images/*.json", "github-token": "t" }, undefined, job);
  expect([exit, log.includes("::warning::"), summary.includes("imageTemplates/web")]).toEqual([0, true, true]);
  github.end();
});

test("where GitHub does not say what changed, the step fails with that as its cause; a comment it did not take is a warning", async () => {
  const job = { here: checkout(), event: { pull_request: { number: 8 } }, api: "http://127.0.0.1:2" };
  const blind = await act({ template: "images/*.json", "github-token": "t" }, undefined, job);
  expect([blind.exit, blind.log]).toEqual([
    1,
    expect.stringMatching(/^::error::GitHub does not answer: .*ECONNREFUSED/m),
  ]);
  const named = await act({ template: "images/web.json", "github-token": "t" }, undefined, job);
  expect([named.exit, named.log]).toEqual([0, expect.stringMatching(/^::warning::.*summary.*GitHub does not answer/m)]);
});

test("a push builds the templates it changes, and nothing where it changes none", async () => {
  const github = await gitHub(["images/database.json"]);
  const job = { here: checkout(), event: { before: "aaa", after: "bbb" }, api: github.api };
  const built = await act({ template: "images/*.json", "github-token": "t" }, undefined, job);
  expect(built.exit).toBe(0);
  expect(JSON.parse(String(built.outputs.results))).toMatchObject([
    { template: "images/database.json", state: "succeeded", imageVersionId: built.outputs["image-version-id"] },
  ]);
  const none = await act({ template: "images/w*.json", "github-token": "t" }, undefined, job);
  expect([none.exit, none.log.includes("No template has changed."), none.summary]).toEqual([0, true, ""]);
  github.end();
});

test("the action asks for no input that it does not have, and tells of every one it reads", () => {
  const text = ["cli/action.ts", "cli/github/report.ts"].map((file) => readFileSync(file, "utf8")).join("");
  const declared = [...readFileSync("action.yml", "utf8").matchAll(/^ {2}([a-z-]+):/gm)].map(([, name]) => name);
  const read = [...text.matchAll(/(?:input|setOutput)\("([a-z-]+)"/g)].map(([, name]) => name);
  expect([...new Set(read)].filter((name) => !declared.includes(name))).toEqual([]);
});
