import { eventTypes } from "../../local/host/engine/events.ts";
import { orchestrations } from "../../orchestrations/index.ts";
import { patiences } from "../../orchestrations/patiences.ts";
import { type History, historiesOf, misfit, releases } from "../support/histories.ts";
import type { Runs } from "../support/play.ts";

const advice = `
What that release began would fail when this code takes it up. If nobody has deployed the release yet, record it anew: npm run histories.
Else keep the old way for what began on it, or deploy when nothing is under way: docs/contributing.md, "Changing an orchestration".`;

const recorded = () => releases().flatMap((release) => historiesOf(release).map((history) => ({ release, history })));
const today = orchestrations as unknown as Runs;

test("histories of a release are kept, of every orchestration that builds, proves, waits for approvals, undoes and audits", () => {
  const names = new Set(recorded().map(({ history }) => history.name));
  for (const name of [
    "buildImage",
    "awaitTurn",
    "awaitChanges",
    "watchRun",
    "watchSubscription",
    "deliver",
    "auditEstate",
    "awaitDecision",
    "carryMove",
    "verifyImage",
  ])
    expect([...names]).toContain(name);
});

test.each(releases())(
  "what %s began goes on with this code: every history replays to the same end",
  async (release) => {
    const broken: string[] = [];
    for (const history of historiesOf(release)) {
      const why = await misfit(history, today);
      if (why) broken.push(`${history.name} (${history.instance}): ${why}`);
    }
    if (broken.length > 0) throw new Error(`${broken.join("\n")}\n${advice}`);
  },
);

test.each(releases())("every activity and part that %s may have asked for is still there", (release) => {
  const asked = (history: History) =>
    history.events.flatMap(({ EventType, Name = "" }) =>
      EventType === eventTypes.taskScheduled ? [Name] : EventType === eventTypes.subOrchestrationCreated ? [Name] : [],
    );
  const known = new Set([...Object.keys(patiences), ...Object.keys(orchestrations)]);
  expect(
    historiesOf(release)
      .flatMap(asked)
      .filter((name) => !known.has(name)),
  ).toEqual([]);
});

describe("a change is noticed", () => {
  const build = () => {
    const found = recorded().find(({ history }) => history.name === "buildImage" && history.events.length > 40);
    if (!found) throw new Error("no build was recorded");
    return found.history;
  };

  test.each<[string, Runs[string]]>([
    [
      "an activity more",
      function* (play, order) {
        yield* play.act.lookForCancel({ buildId: "b" });
        return yield* orchestrations.buildImage(play, order);
      },
    ],
    [
      "a timer more",
      function* (play, order) {
        yield* play.sleep(1);
        return yield* orchestrations.buildImage(play, order);
      },
    ],
    [
      "another activity",
      function* (play, order) {
        const act = { ...play.act, claimTemplate: play.act.releaseTemplate, enterState: play.act.lookForCancel };
        return yield* orchestrations.buildImage({ ...play, act: act as never }, order);
      },
    ],
    [
      "less than before",
      function* ({ act }) {
        yield* act.lookForCancel({ buildId: "b" });
      },
    ],
  ])("%s", async (_, buildImage) => {
    expect(await misfit(build(), { ...today, buildImage })).toMatch(
      /would now be Failed|would now be Running|Non-Deterministic/i,
    );
  });

  test("an orchestration that is gone", async () => {
    const { buildImage: _, ...others } = orchestrations;
    expect(await misfit(build(), others as unknown as Runs)).toContain("doesn't exist");
  });
});
