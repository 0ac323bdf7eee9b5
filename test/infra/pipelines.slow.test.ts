import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { type BuildState, isFinal } from "../../shared/build.ts";
import { letPass } from "../cli/goldsmith.ts";
import { templateFile } from "../cli/place.ts";
import { endStorage, startWorld, type TestWorld } from "../journeys/world.ts";
import { entra, somebody, tokenOf } from "../support/entra.ts";

/** The steps of the Azure DevOps template, run as the agent runs them; only `az` is one that gives the tenant's token. */
const directory = mkdtempSync(join(tmpdir(), "devops-"));
let world: TestWorld;

interface Step {
  readonly task?: string;
  readonly condition?: string;
  readonly inputs?: { readonly inlineScript?: string };
  readonly env?: Readonly<Record<string, string>>;
}
const pipeline = parse(readFileSync("infra/pipelines/goldsmith.yml", "utf8")) as {
  readonly parameters: readonly { readonly name: string; readonly default?: unknown }[];
  readonly steps: readonly Step[];
};
const [work, cleanUp] = pipeline.steps.filter(({ task }) => task === "AzureCLI@2");

beforeAll(async () => {
  world = await startWorld({ settings: { GOLDSMITH_AUTH: "entra" }, host: { auth: "entra", entra } });
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await world?.stop();
  await endStorage();
});

/** What the agent makes of a template expression or variable. */
function filled(text: string, given: Readonly<Record<string, string>>): string {
  return text
    .replace(/\$\{\{ parameters\.(\w+) \}\}/g, (_, name: string) => {
      const declared = pipeline.parameters.find((one) => one.name === name);
      if (!declared) throw new Error(`no parameter ${name}`);
      const value = String(given[name] ?? declared.default);
      return value === "true" || value === "false" ? value[0]?.toUpperCase() + value.slice(1) : value;
    })
    .replace("$(Agent.BuildDirectory)/s/goldsmith", process.cwd())
    .replace("$(System.AccessToken)", "system-token");
}

async function run(
  step: Step | undefined,
  given: Readonly<Record<string, string>>,
  agent: Readonly<Record<string, string>>,
  role = "Builder",
) {
  const token = {
    accessToken: tokenOf(world.clock.now(), role),
    expires_on: Math.floor(Date.now() / 1000) + 3600,
    tokenType: "Bearer",
  };
  const wanted = "account get-access-token --output json --resource api://goldsmith";
  writeFileSync(
    join(directory, "az"),
    `#!/bin/sh\n[ "$*" = "${wanted}" ] || exit 9\necho '${JSON.stringify(token)}'\n`,
    { mode: 0o755 },
  );
  const parameters = { url: world.host.url, audience: "api://goldsmith", serviceConnection: "goldsmith", ...given };
  const named = Object.entries(step?.env ?? {}).map(([name, value]) => [name, filled(value, parameters)]);
  const env = {
    PATH: `${directory}:${process.env.PATH}`,
    TF_BUILD: "True",
    AGENT_TEMPDIRECTORY: directory,
    BUILD_REASON: "IndividualCI",
    GOLDSMITH_POLL: "0.1",
    ...Object.fromEntries(named),
    ...agent,
  };
  const child = spawn("bash", ["-c", String(step?.inputs?.inlineScript)], { env, cwd: directory });
  let [out, over] = ["", false];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (part) => {
      out += part;
    });
  child.on("close", () => {
    over = true;
  });
  await letPass(world, () => over, 60_000);
  const outputs = [...out.matchAll(/^##vso\[task\.setvariable variable=(\w+)[^\]]*\](.*)$/gm)];
  return { exit: child.exitCode, out, outputs: Object.fromEntries(outputs.map(([, name, value]) => [name, value])) };
}

const asReader = () => ({ "x-functions-key": "", authorization: `Bearer ${tokenOf(world.clock.now(), "Reader")}` });

test("on main it builds as the connection's identity: id, state, image and plan are outputs", async () => {
  const { exit, outputs } = await run(work, { template: templateFile(world, "devops") }, {});
  expect([exit, outputs]).toMatchObject([
    0,
    {
      state: "succeeded",
      imageVersionId: expect.stringContaining("/versions/"),
      planHash: expect.stringMatching(/^sha256:/),
    },
  ]);
  const { body } = await world.call("GET", `builds/${outputs.buildId}`, undefined, asReader());
  expect(body.origin).toEqual({ kind: "http", who: somebody });
});

test("a pull request gets the plan in its summary and may fail on missing rights; nothing is built", async () => {
  const given = { template: templateFile(world, "devops-pr"), failOnMissingRights: "false" };
  const planned = await run(work, given, { BUILD_REASON: "PullRequest" });
  expect([planned.exit, planned.out]).toEqual([0, expect.stringContaining("##vso[task.uploadsummary]")]);
  expect(readFileSync(join(directory, "plan.md"), "utf8")).toContain("Goldsmith plan for");
  const { body } = await world.call<{ value: unknown[] }>("GET", "builds", undefined, asReader());
  expect(body.value).toHaveLength(1);
});

interface Thread {
  readonly id: number;
  readonly status?: number;
  isDeleted?: boolean;
  readonly comments: { readonly id: number; content: string }[];
}

/** An Azure DevOps with one pull request, on which somebody has said something. */
async function azureDevOps(mayComment = true) {
  const threads: Thread[] = [{ id: 1, status: 1, comments: [{ id: 1, content: "Why Ubuntu?" }] }];
  const asked: string[] = [];
  const path = "/octo/project-1/_apis/git/repositories/repository-1/pullRequests/7/threads";
  const answer = (what: string, text: string): [number, unknown] => {
    const sent = text ? (JSON.parse(text) as Partial<Thread> & { content?: string }) : {};
    if (what === `GET ${path}`) return [200, { value: threads, count: threads.length }];
    if (!mayComment) return [403, { message: "TF401027: You need the Git 'PullRequestContribute' permission" }];
    if (what === `POST ${path}`) {
      const comments = (sent.comments ?? []).map(({ content }, n) => ({ id: n + 1, content }));
      return [200, threads.push({ id: threads.length + 1, ...(sent.status ? { status: sent.status } : {}), comments })];
    }
    const [, thread, comment] = /^PATCH .*\/threads\/(\d+)\/comments\/(\d+)$/.exec(what) ?? [];
    const known = threads.find(({ id }) => id === Number(thread))?.comments.find(({ id }) => id === Number(comment));
    if (!known) return [404, {}];
    known.content = sent.content ?? "";
    return [200, known];
  };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => {
      text += part;
    });
    request.on("end", () => {
      const [where, query] = (request.url ?? "").split("?");
      asked.push(`${request.method} ${where?.replace(path, "")} ${request.headers.authorization}`);
      const [status, body] = query === "api-version=6.0" ? answer(`${request.method} ${where}`, text) : [400, {}];
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  }).listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const agent = {
    BUILD_REASON: "PullRequest",
    BUILD_REPOSITORY_PROVIDER: "TfsGit",
    BUILD_REPOSITORY_ID: "repository-1",
    SYSTEM_COLLECTIONURI: `http://127.0.0.1:${(server.address() as AddressInfo).port}/octo/`,
    SYSTEM_TEAMPROJECTID: "project-1",
    SYSTEM_PULLREQUEST_PULLREQUESTID: "7",
  };
  return { agent, threads, asked, end: () => server.close() };
}

test("the plan is said on the pull request in one thread, written anew by the next run, and opened again where it was deleted", async () => {
  const { agent, threads, asked, end } = await azureDevOps();
  const given = { template: templateFile(world, "said") };
  const { exit, out } = await run(work, given, agent);
  expect([exit, threads.length, threads[1]?.status]).toEqual([0, 2, 4]);
  expect(threads[1]?.comments[0]?.content).toMatch(/^\[\/\/\]: # \(goldsmith plan\)\n\n### Goldsmith plan for .*said/);
  expect(threads[1]?.comments[0]?.content).toContain(readFileSync(join(directory, "plan.md"), "utf8"));
  expect(out).not.toContain("system-token");
  await run(work, { template: templateFile(world, "said-anew") }, agent);
  expect([threads.length, threads[0]?.comments[0]?.content]).toEqual([2, "Why Ubuntu?"]);
  expect(threads[1]?.comments[0]?.content).toContain("said-anew");
  expect(asked.at(-1)).toBe("PATCH /2/comments/1 Bearer system-token");
  (threads[1] as Thread).isDeleted = true;
  await run(work, given, agent);
  expect(threads).toHaveLength(3);
  end();
});

test("a plan that cannot be made is said too, with the exit of its cause", async () => {
  const { agent, threads, end } = await azureDevOps();
  const { exit, out } = await run(work, { template: "nowhere.json" }, agent);
  expect([exit, out]).toEqual([2, expect.stringContaining("NotATemplate")]);
  expect(threads[1]?.comments[0]?.content).toContain("no plan could be made");
  end();
});

test.each([
  ["where the build service may not", {}, /type=warning\].*403: the build service needs Contribute to pull requests/],
  ["where nobody answers", { SYSTEM_COLLECTIONURI: "http://127.0.0.1:1/octo/" }, /type=warning\].*run it again/],
  ["where the repository is GitHub's", { BUILD_REPOSITORY_PROVIDER: "GitHub" }, /No pull request of Azure Repos/],
])("%s, the plan is in the summary and the step goes on", async (_, other, said) => {
  const { agent, threads, end } = await azureDevOps(false);
  const { exit, out } = await run(work, { template: templateFile(world, "unsaid") }, { ...agent, ...other });
  expect([exit, out]).toEqual([0, expect.stringMatching(said)]);
  expect([threads.length, out.includes("##vso[task.uploadsummary]")]).toEqual([1, true]);
  const silent = await run(work, { template: templateFile(world, "unsaid"), comment: "false" }, agent);
  expect([silent.exit, silent.out]).toEqual([0, expect.not.stringContaining("type=warning")]);
  end();
});

test("the next step ends the build of a cancelled job", async () => {
  expect(cleanUp?.condition).toContain("canceled()");
  const template = {
    resourceGroupId: world.estate.imagesGroup,
    ...JSON.parse(readFileSync(templateFile(world, "left"), "utf8")),
  };
  const headers = { ...asReader(), authorization: `Bearer ${tokenOf(world.clock.now(), "Builder")}` };
  const { body } = await world.call<{ id: string }>("POST", "builds", { template }, headers);
  expect((await run(cleanUp, {}, { GOLDSMITHBUILD: body.id })).exit).toBe(0);
  const stateOf = async () => (await world.call("GET", `builds/${body.id}`, undefined, asReader())).body.state;
  await world.clock.until(async () => isFinal((await stateOf()) as BuildState));
  expect(await stateOf()).toBe("cancelled");
});

test("who lacks the role fails the step with the cause as an issue", async () => {
  const { exit, out } = await run(work, { template: templateFile(world, "refused") }, {}, "Reader");
  expect(exit).not.toBe(0);
  expect(out).toMatch(/^##vso\[task\.logissue type=error;code=AppRoleMissing\]/m);
});

test("what the template uses is there: every parameter, and the bundle", () => {
  const text = readFileSync("infra/pipelines/goldsmith.yml", "utf8");
  const used = [...text.matchAll(/\{\{ parameters\.(\w+) \}\}/g)].map(([, name]) => name);
  expect(new Set(used)).toEqual(new Set(pipeline.parameters.map(({ name }) => name)));
  expect(existsSync("dist/cli/goldsmith.mjs")).toBe(true);
});
