import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callerOf } from "../../functions/http/caller.ts";
import { routes } from "../../functions/http/index.ts";
import { readSettings, settingsTable } from "../../shared/config.ts";
import { measures } from "../../shared/telemetry.ts";
import { readBicep } from "./bicep/file.ts";
import { postdeploy, provision } from "./deployments.ts";

const page = "docs/operations.md";
const read = () => readFileSync(page, "utf8");

/** Commands of the page, one script for each block. */
const blocks = () => [...read().matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);

const cell = (text: string) => text.replaceAll("|", "\\|");
const settings = () =>
  [
    "| setting | default | meaning |",
    "|---|---|---|",
    ...settingsTable.map(
      ({ name, default: value, meaning }) =>
        `| \`${name}\` | ${value ? `\`${cell(value)}\`` : ""} | ${cell(meaning)} |`,
    ),
  ].join("\n");

const measured = () =>
  [
    "| measure | unit | meaning |",
    "|---|---|---|",
    ...Object.entries(measures).map(([name, { kind, means }]) => `| \`${name}\` | ${kind} | ${cell(means)} |`),
  ].join("\n");

describe("docs/operations.md", () => {
  test.each([
    ["settings", settings],
    ["measures", measured],
  ])("lists all %s as the code has them (UPDATE_DOCS=1 writes it)", (name, table) => {
    const between = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
    if (process.env.UPDATE_DOCS)
      writeFileSync(
        page,
        read().replace(between, (_, a, b) => `${a}${table()}\n${b}`),
      );
    expect(read()).toContain(`<!-- ${name} -->\n${table()}\n<!-- /${name} -->`);
  });

  test("holds commands that a shell can read", () => {
    expect(blocks().length).toBeGreaterThan(8);
    for (const block of blocks())
      expect(spawnSync("bash", ["-n"], { input: block, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  });

  test("names scripts, files, outputs and parameters that there are", () => {
    const text = read();
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
    const run = [...text.matchAll(/npm run (\w+)/g)].map(([, name = ""]) => name);
    expect(run.filter((name) => !(name in scripts))).toEqual([]);
    const files = [...text.matchAll(/(?:infra|shared|\.github|test)\/[\w./]*\w/g)].map(([name]) => name);
    expect(files.filter((name) => !existsSync(name))).toEqual([]);
    const { outputs, parameters } = readBicep("infra/main.bicep");
    const values = [...text.matchAll(/get-value (\w+)/g)].map(([, name = ""]) => name);
    expect(values.filter((name) => !outputs.some((output) => output.name === name))).toEqual([]);
    const named = [...text.matchAll(/^\| `(\w+)` \| (?!.*`GOLDSMITH_[A-Z_]+` \|)/gm)].map(([, name = ""]) => name);
    const known = [...parameters, ...settingsTable].map(({ name }) => name);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  test("sets variables of azd that something reads", () => {
    const readers = ["infra/main.parameters.json", "infra/postdeploy.sh", "azure.yaml"].map((name) =>
      readFileSync(name, "utf8"),
    );
    const set = [...read().matchAll(/azd env set (\w+)/g)].map(([, name = ""]) => name);
    expect(set.filter((name) => !readers.some((text) => text.includes(name)))).toEqual([]);
  });

  test("onboards with parameters that onboard.bicep takes, and all that it needs", () => {
    const given = [...(/onboard\.bicep --parameters (.*)/.exec(read())?.[1] ?? "").matchAll(/(\w+)=/g)].map(
      ([, name]) => name,
    );
    const { parameters } = readBicep("infra/onboard.bicep");
    expect(given.filter((name) => !parameters.some((one) => one.name === name))).toEqual([]);
    expect(parameters.filter(({ name, fallback }) => !fallback && !given.includes(name))).toEqual([]);
  });
});

test("local.settings.sample.json is what the app starts with, and it does nothing by itself", () => {
  const { Values } = JSON.parse(readFileSync("local.settings.sample.json", "utf8")) as {
    Values: Record<string, string>;
  };
  const settings = readSettings(Values);
  expect(settings).toMatchObject({ warnings: [], policy: { mode: "advise" }, store: { kind: "connectionString" } });
});

test("the app roles to register are those that routes ask for", () => {
  const roles = JSON.parse(readFileSync("infra/appRoles.json", "utf8")) as { id: string; value: string }[];
  const wanted = new Set(routes.flatMap(({ role }) => (role === "anyone" ? [] : [role])));
  const values = roles.map(({ value }) => value.toLowerCase());
  expect(values.sort()).toEqual(["approver", "builder", "reader"]);
  expect([...wanted].filter((role) => !values.includes(role))).toEqual([]);
  expect(new Set(roles.map(({ id }) => id)).size).toBe(3);
  expect(callerOf(new Headers(), "entra")).toEqual({ kind: "nobody" });
});

test(".funcignore lets through what is in the package, and nothing else", () => {
  const directory = mkdtempSync(join(tmpdir(), "ignore-"));
  try {
    execFileSync("git", ["init", "-q", directory]);
    writeFileSync(join(directory, ".gitignore"), readFileSync(".funcignore"));
    const ignored = (name: string) => spawnSync("git", ["-C", directory, "check-ignore", "-q", name]).status === 0;
    const through = ["host.json", "package.json", "dist/functions/index.cjs", "dist/functions/lazy.cjs"];
    const kept = [
      ...readdirSync("."),
      "dist/functions/index.cjs.map",
      "dist/cli/goldsmith.mjs",
      "local.settings.json",
      ...through,
    ];
    expect(kept.filter((name) => name !== "dist" && !ignored(name)).sort()).toEqual(
      [...through, "host.json", "package.json"].sort(),
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

describe("infra/postdeploy.sh", () => {
  /** Runs the script with an `az` that writes down how it was called. */
  function run(environment: Readonly<Record<string, unknown>>): {
    readonly status: number | null;
    readonly called: string[];
  } {
    const directory = mkdtempSync(join(tmpdir(), "az-"));
    writeFileSync(join(directory, "az"), `#!/bin/sh\nprintf '%s\\n' "$@" > ${directory}/called\n`, { mode: 0o755 });
    const env = { PATH: `${directory}:${process.env.PATH}`, ...environment } as NodeJS.ProcessEnv;
    const { status } = spawnSync("sh", ["infra/postdeploy.sh"], { env });
    const called = existsSync(join(directory, "called"))
      ? readFileSync(join(directory, "called"), "utf8").split("\n")
      : [];
    rmSync(directory, { recursive: true });
    return { status, called };
  }
  const azd = { AZURE_ENV_NAME: "prod", AZURE_LOCATION: "westeurope", AZURE_SUBSCRIPTION_ID: "s" };

  test("deploys events.bicep with every parameter it needs, out of the outputs of main.bicep", () => {
    const hub = provision();
    const { status, called } = run({ ...azd, ...hub.outputs });
    expect(status).toBe(0);
    const parameters = Object.fromEntries(
      called
        .filter((word) => /^\w+=/.test(word))
        .map((word) => [word.split("=")[0], word.slice(word.indexOf("=") + 1)]),
    );
    const more = { ...parameters, existingTopics: JSON.parse(parameters.existingTopics ?? "") };
    expect(postdeploy(hub, more)).toEqual(postdeploy(hub));
    expect(called).toContain("infra/events.bicep");
  });

  test("does nothing where nothing is watched, and fails where azd gave too little", () => {
    expect(run({ ...azd, ...provision({ fence: {} }).outputs })).toEqual({ status: 0, called: [] });
    expect(run({ GOLDSMITH_WATCHED: "x" }).status).not.toBe(0);
  });
});
