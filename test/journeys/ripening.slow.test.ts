import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

jest.setTimeout(120_000);

afterAll(endStorage);

/** What `GOLDSMITH_SETTLE_SECONDS` is unless set: the age at which a grant is first tried, until builds have measured. */
const firstFloor = 60;
/** What reading and writing may take on top (s). */
const slack = 10;

interface Waited {
  /** Seconds from the first grant until the service was asked for what then went well. */
  readonly asked: number;
  /** Seconds from the first grant until the run. */
  readonly ran: number;
  /** Times that the service refused, because a grant had not spread. */
  readonly refusals: number;
  /** The age floor of this build (s), as its timeline tells. */
  readonly floor: number;
}

/** A build of a template that it creates itself, or that appeared and stands. */
async function waited(world: TestWorld, name: string, stands: boolean): Promise<Waited> {
  const build = await world.built(await (stands ? appeared(world, name) : askedFor(world, name)));
  expect(build).toMatchObject({ state: "succeeded" });
  const { timeline } = build;
  const at = (what: string, detail: RegExp) =>
    timeline.filter((line) => line.what === what && detail.test(line.detail ?? "")).map((line) => Date.parse(line.at));
  const granted = at("applyChange", /^made: role/)[0] ?? Number.NaN;
  const seconds = (moment: number | undefined) => Math.round(((moment ?? Number.NaN) - granted) / 1000);
  const runs = at("startRun", /^run accepted/);
  const created = at("createTemplate", /^template created/);
  const told = timeline.map(({ detail }) => /tried at an age of (\d+) s/.exec(detail ?? "")?.[1]).find(Boolean);
  return {
    asked: seconds(stands ? runs.at(-1) : created.at(-1)),
    ran: seconds(runs.at(-1)),
    refusals: runs.length + created.length - (stands ? 1 : 2),
    floor: Number(told),
  };
}

/** Written by somebody: the event starts the build. */
async function appeared({ arm, estate, buildOf }: TestWorld, name: string): Promise<string> {
  const id = estate.template.replace(/[^/]+$/, name);
  await arm("PUT", `${id}?api-version=2024-02-01`, sampleTemplate(estate));
  return buildOf(id);
}

async function askedFor({ call, estate }: TestWorld, name: string): Promise<string> {
  const template = { resourceGroupId: estate.imagesGroup, name, body: sampleTemplate(estate) };
  return (await call<{ id: string }>("POST", "builds", { template })).body.id;
}

test.each([
  [5, "created for the build", false],
  [60, "created for the build", false],
  [540, "created for the build", false],
  [5, "that stands", true],
  [60, "that stands", true],
  [540, "that stands", true],
] as const)(
  "where rights take %i s to spread, no build of a template %s fails for it, and none waits longer than that, the age floor and ten seconds",
  async (spread, kind, stands) => {
    const switches = { grantEffectiveSeconds: [spread, spread], rightsCheckedAtSubmission: !stands } as const;
    const world = await startWorld({ switches, settings: { GOLDSMITH_GRANTS: "justInTime" } });
    try {
      const first = await waited(world, "first", stands);
      const second = await waited(world, "second", stands);
      for (const [which, { asked, ran, refusals, floor }] of Object.entries({ first, second })) {
        process.stdout.write(
          `spread ${spread} s, template ${kind}, ${which} build: age floor ${floor} s, asked after ${asked} s, run after ${ran} s, ${refusals} refusals\n`,
        );
        expect(asked).toBeLessThanOrEqual(spread + floor + slack);
      }
      expect(first.floor).toBe(firstFloor);
      // What the first build measured spares the second one the refusals.
      expect(second.refusals).toBeLessThanOrEqual(Math.min(1, first.refusals));
    } finally {
      await world.stop();
    }
  },
);
