import type { Answer } from "../functions/http/contract.ts";
import type { Build } from "../shared/build.ts";
import { isFinal } from "../shared/build.ts";
import { type Estate, sampleTemplate } from "./estate.ts";
import type { Owner } from "./owner.ts";
import { eventually } from "./processes.ts";
import { chapter, outcome, showPlan, step } from "./screen.ts";

/** What the sample plays with. */
interface Stage {
  readonly arm: Owner;
  readonly estate: Estate;
  readonly appUrl: string;
  readonly functionKey: string;
}

/** A build as `GET /api/builds/{id}` answers it. */
export type BuildView = Answer<"GET builds/{id}">;

const templateVersion = "api-version=2024-02-01";
const lookEveryMs = 250;
const limitMs = 10 * 60_000;

/** Lets a template appear (or, where it stands already, asks for its build), follows the build, and says whether the image exists. */
export async function playSample(stage: Stage): Promise<boolean> {
  const { arm, estate } = stage;
  const standing = await arm("GET", `${estate.template}?${templateVersion}`);
  const buildId = standing.status === 200 ? await askForBuild(stage) : await writeTemplate(stage);
  const build = await follow(stage, buildId);
  outcome(build);
  if (build.state !== "succeeded") return false;
  const versions = await arm("GET", `${build.artifacts?.[0]?.id}?api-version=2023-07-03`);
  return versions.status === 200;
}

async function writeTemplate(stage: Stage): Promise<string> {
  const { arm, estate } = stage;
  chapter("A template appears");
  const written = await arm("PUT", `${estate.template}?${templateVersion}`, sampleTemplate(estate));
  if (written.status !== 201) throw new Error(`the sample template was refused: ${JSON.stringify(written.body)}`);
  step("its owner writes ubuntu-2404 through Azure Resource Manager; its identity has no rights");
  const refusal = await eventually("the service's verdict", () => verdict(arm, estate), limitMs);
  step(`Image Builder refuses it: ${refusal}`);
  chapter("Goldsmith hears of it");
  const known = await eventually("Goldsmith's build", () => firstBuild(stage), limitMs);
  step(
    `build ${known.id}, started by ${known.origin.kind === "event" ? "the event" : "the reconciling timer (the event was lost)"}`,
  );
  return known.id;
}

async function askForBuild({ estate, appUrl, functionKey }: Stage): Promise<string> {
  chapter("The template is there");
  const answer = await fetch(`${appUrl}/api/builds`, {
    method: "POST",
    headers: { "x-functions-key": functionKey, "content-type": "application/json" },
    body: JSON.stringify({ templateId: estate.template }),
  });
  const { id } = (await answer.json()) as { id?: string };
  if (!id) throw new Error(`POST /api/builds answered ${answer.status}`);
  step(`POST /api/builds { templateId } → build ${id}`);
  return id;
}

async function verdict(arm: Owner, estate: Estate): Promise<string | undefined> {
  const { body, status } = await arm("GET", `${estate.template}?${templateVersion}`);
  if (status === 404) return "(it is being created anew already)";
  const { provisioningState, provisioningError } =
    (body as { properties?: { provisioningState?: string; provisioningError?: { message?: string } } }).properties ??
    {};
  return provisioningState === "Failed" ? (provisioningError?.message ?? "no reason given") : undefined;
}

async function firstBuild(stage: Stage): Promise<Build | undefined> {
  const page = (await read(stage, `builds?templateId=${encodeURIComponent(stage.estate.template)}`)) as {
    value: Build[];
  };
  return page.value[0];
}

/** Shows every line of the build's timeline as it comes, until its end was told to everybody. */
async function follow(stage: Stage, buildId: string): Promise<BuildView> {
  let shown = 0;
  let planned = false;
  return eventually(
    "the end of the build",
    async () => {
      const build = (await read(stage, `builds/${buildId}`)) as BuildView;
      for (const entry of build.timeline.slice(shown)) {
        step(entry.detail ?? "", { since: build.createdAt, at: entry.at, activity: entry.what });
        if (entry.what === "planTemplate" && build.plan && !planned) planned = showPlan(build.plan);
      }
      shown = build.timeline.length;
      return isFinal(build.state) && told(build) ? build : undefined;
    },
    limitMs,
  );
}

const told = ({ state, deliveries }: BuildView) =>
  deliveries.some(({ event, state: delivery }) => event.includes(state.toLowerCase()) && delivery !== "pending");

async function read({ appUrl, functionKey }: Stage, path: string): Promise<unknown> {
  await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  const answer = await fetch(`${appUrl}/api/${path}`, { headers: { "x-functions-key": functionKey } });
  if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}`);
  return answer.json();
}
