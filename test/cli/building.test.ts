import type { Build } from "../../shared/build.ts";
import type { Plan } from "../../shared/decide/planning/plan.ts";
import { endStorage, startWorld, type TestWorld } from "../journeys/world.ts";
import { against, goldsmith, letPass, reach, startGoldsmith } from "./goldsmith.ts";
import { templateFile } from "./place.ts";

let world: TestWorld;
const poll = ["--poll", "0.1"];
const lines = { CI: "true" };
/** A template whose gallery is none: refused before anything is written. */
const broken = (name: string) =>
  templateFile(world, name, (body) => ({
    ...body,
    properties: {
      ...body.properties,
      distribute: body.properties.distribute.map((target) => ({
        ...target,
        galleryImageId: world.estate.definition.replace("/gold/", "/no%0Asuch::gallery/").replace(/%0A|::/g, ""),
      })),
    },
  }));
const only = async (name: string) => {
  const id = world.estate.template.replace(/[^/]+$/, name);
  const { body } = await world.call<{ value: Build[] }>("GET", `builds?templateId=${encodeURIComponent(id)}`);
  return body.value;
};

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

test("build takes a file to a finished image: the result on stdout, the story on stderr, exit 0", async () => {
  const file = templateFile(world, "from-file");
  const { exit, out, err } = await against(world, ["build", file, "-o", "json", ...poll], lines);
  expect(exit).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ state: "succeeded", artifacts: [{ kind: "imageVersion" }] });
  for (const word of ["Plan", "granting", "Customizing", "run succeeded", "/versions/"]) expect(err).toContain(word);
});

test("where nobody looks at a terminal and no pipeline runs, only the result is printed", async () => {
  const file = templateFile(world, "quiet");
  const { exit, out, err } = await against(world, ["build", file, ...poll]);
  expect([exit, err]).toEqual([0, ""]);
  expect(out).toMatch(/^state +succeeded$/m);
});

test("plan prints reasons and writes nothing; rights missing can be an exit of their own", async () => {
  const file = templateFile(world, "planned");
  const asked = await against(world, ["plan", file]);
  expect([asked.exit, asked.err]).toEqual([0, ""]);
  expect(asked.out).toContain("distribute[0] publishes into this gallery");
  const other = templateFile(world, "planned", (body) => ({
    ...body,
    properties: {
      ...body.properties,
      vmProfile: { ...body.properties.vmProfile, vnetConfig: { subnetId: world.estate.subnet } },
    },
  }));
  expect((await against(world, ["plan", other])).exit).toBe(0);
  expect((await against(world, ["plan", other, "--fail-on-missing"])).exit).toBe(4);
  expect(await only("planned")).toEqual([]);
});

test("a plan comes in every form", async () => {
  const file = templateFile(world, "planned");
  const json = JSON.parse((await against(world, ["plan", file, "-o", "json"])).out) as Plan;
  const hash = String(json.hash);
  for (const [form, word] of [
    ["markdown", "|"],
    ["bicep", "targetScope"],
    ["terraform", "terraform"],
    ["az", "#!/usr/bin/env bash"],
    ["powershell", "$"],
  ] as const) {
    const { exit, out } = await against(world, ["plan", file, "-o", form]);
    expect([form, exit, out.includes(hash), out.includes(word)]).toEqual([form, 0, true, true]);
  }
});

test("a build that is refused is exit 1 with the cause", async () => {
  const { exit, out, err } = await against(world, ["build", broken("refused"), "-o", "json", ...poll], lines);
  expect(exit).toBe(1);
  const { problem } = JSON.parse(out) as Build;
  expect(err).toContain(`${problem?.code}: ${problem?.title}`);
});

test("GitHub gets groups and an error annotation, escaped, and stdout stays the result's", async () => {
  const env = { GITHUB_ACTIONS: "true", CI: "true" };
  const { exit, out, err } = await against(world, ["build", broken("refused-gh"), "-o", "json", ...poll], env);
  expect(exit).toBe(1);
  const { problem } = JSON.parse(out) as Build;
  const annotation = err.split("\n").filter((line) => line.startsWith("::error "));
  expect(annotation).toHaveLength(1);
  expect(annotation[0]).toMatch(new RegExp(`^::error title=${problem?.code}::${problem?.code}: .*%0A`));
  expect(err.match(/^::group::/gm)?.length).toBe(err.match(/^::endgroup::/gm)?.length);
});

test("Azure DevOps gets an issue it can show", async () => {
  const { exit, err } = await against(world, ["build", broken("refused-ado"), ...poll], { TF_BUILD: "True" });
  expect(exit).toBe(1);
  expect(err).toMatch(/^##vso\[task\.logissue type=error;code=\w+\]\w+: .*%0A/m);
  expect(err).toContain("##[group]Plan");
});

test("--no-wait prints the id; watch follows it to the end; list shows it", async () => {
  const file = templateFile(world, "watched");
  const started = await goldsmith(["build", file, "--no-wait", "-o", "json"], reach(world));
  expect(started.exit).toBe(0);
  const { id } = JSON.parse(started.out) as Build;
  const joined = await goldsmith(["build", file, "--no-wait", "-o", "json"], reach(world));
  expect((JSON.parse(joined.out) as Build).id).toBe(id);
  const watched = await against(world, ["watch", id, ...poll]);
  expect([watched.exit, watched.out.includes("succeeded")]).toEqual([0, true]);
  const listed = await goldsmith(["list", "--state", "succeeded", "-o", "json"], reach(world));
  expect((JSON.parse(listed.out) as { value: Build[] }).value.map((one) => one.id)).toContain(id);
  const table = await goldsmith(["list", "--limit", "1"], reach(world));
  expect(table.out.split("\n").filter(Boolean)).toHaveLength(2);
});

test("logs prints what the service wrote; --follow stays until the build ends", async () => {
  const file = templateFile(world, "logged");
  const started = JSON.parse((await goldsmith(["build", file, "--no-wait", "-o", "json"], reach(world))).out) as Build;
  const followed = await against(world, ["logs", started.id, "--follow", "--poll", "0.2"]);
  expect([followed.exit, followed.err]).toEqual([0, ""]);
  expect(followed.out).toContain("apt-get");
  const whole = await goldsmith(["logs", started.id], reach(world));
  expect(whole.out).toBe(followed.out);
  expect((await goldsmith(["logs", "nobody"], reach(world))).exit).toBe(1);
});

test("a watch that takes too long is exit 3, and the build goes on", async () => {
  const { exit, err } = await goldsmith(
    ["build", templateFile(world, "slow"), "--timeout", "1", ...poll],
    reach(world),
  );
  expect(exit).toBe(3);
  expect(err).toContain("it goes on");
  const [build] = await only("slow");
  expect((await world.built(String(build?.id))).state).toBe("succeeded");
});

test("the app may be asked to wait, and answers when something happens", async () => {
  const file = templateFile(world, "long-poll");
  const started = JSON.parse((await goldsmith(["build", file, "--no-wait", "-o", "json"], reach(world))).out) as Build;
  await world.built(started.id);
  const { exit } = await goldsmith(["watch", started.id], reach(world));
  expect(exit).toBe(0);
});

test("cancel ends a build; what has ended cannot be cancelled", async () => {
  const started = await goldsmith(["build", templateFile(world, "cancelled"), "--no-wait", "-o", "json"], reach(world));
  const { id } = JSON.parse(started.out) as Build;
  const { exit, out } = await against(world, ["cancel", id, ...poll]);
  expect([exit, out.includes("cancelled")]).toEqual([0, true]);
  expect((await against(world, ["watch", id, ...poll])).exit).toBe(1);
  const [done] = await only("watched");
  expect((await against(world, ["cancel", String(done?.id)])).exit).toBe(1);
});

test.each([
  ["leave", "succeeded"],
  ["cancel", "cancelled"],
])("an interrupt with --on-interrupt %s is exit 130, and the build ends %s", async (what, state) => {
  const file = templateFile(world, `interrupted-${what}`);
  const running = startGoldsmith(["build", file, "--on-interrupt", what, ...poll], { ...reach(world), ...lines });
  await letPass(world, () => /creating|running/.test(running.err()) || running.isOver());
  running.child.kill("SIGINT");
  await letPass(world, running.isOver);
  const { exit, err } = await running.ended;
  expect([exit, err.includes(what === "leave" ? "goldsmith watch" : "Asked build")]).toEqual([130, true]);
  const [build] = await only(`interrupted-${what}`);
  expect((await world.built(String(build?.id))).state).toBe(state);
});

test("a build that never was is exit 1 with what to do", async () => {
  const { exit, err } = await goldsmith(["watch", "nobody"], reach(world));
  expect(exit).toBe(1);
  expect(err).toContain("BuildNotFound");
  expect((await goldsmith(["list"], { ...reach(world), GOLDSMITH_KEY: "wrong" })).err).toContain("--key");
});

test("audit is exit 0 while nothing drifted, and 4 with the finding once a grant was taken away", async () => {
  const grants = `${world.estate.definition.split("/images/")[0]}/providers/Microsoft.Authorization/roleAssignments`;
  const standing = await world.arm("GET", `${grants}?api-version=2022-04-01&$filter=atScope()`);
  const own = (standing.body as { value: { id: string }[] }).value.filter(({ id }) => id.includes("/galleries/gold/"));
  const before = await against(world, ["audit", "--poll", "0.2", "-o", "json"]);
  const found = (ran: typeof before) => (JSON.parse(ran.out) as { findings: { kind: string }[] }).findings;
  expect(found(before).filter(({ kind }) => kind === "missing")).toEqual([]);
  for (const { id } of own) await world.arm("DELETE", `${id}?api-version=2022-04-01`);
  const after = await against(world, ["audit", "--poll", "0.2", "-o", "json"]);
  expect(after.exit).toBe(4);
  expect(found(after).map(({ kind }) => kind)).toContain("missing");
  expect((await against(world, ["audit", "--poll", "0.2"])).out).toContain("→");
});
