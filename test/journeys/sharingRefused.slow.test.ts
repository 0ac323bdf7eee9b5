import type { StandingShare } from "../../shared/sharing.ts";
import { type AppAnswer, approver, endStorage, isWriteOfApp, startWorld, type TestWorld } from "./world.ts";

const user = "99999999-0000-4000-8000-000000000001";
const shareWith = [user];

afterAll(endStorage);

/** A world with these settings, and how a share of its image with the user ends there. */
async function within(
  settings: Readonly<Record<string, string>>,
  work: (world: TestWorld, share: () => Promise<AppAnswer<StandingShare>>) => Promise<void>,
): Promise<void> {
  const world = await startWorld({
    shareWith,
    settings: ({ subscription }) => ({
      GOLDSMITH_FENCE: JSON.stringify({ scopes: [subscription], shareWith }),
      ...settings,
    }),
  });
  const { call, clock, estate } = world;
  try {
    await work(world, async () => {
      const wish = { imageId: estate.definition, with: { principalId: user, principalType: "User" } };
      const asked = await call<StandingShare>("POST", "shares", wish, approver);
      if (asked.status !== 202) return asked;
      let seen = asked;
      await clock.until(async () => {
        seen = await call<StandingShare>("GET", `shares/${asked.body.id}`);
        return seen.body.state !== "sharing";
      });
      return seen;
    });
  } finally {
    await world.stop();
  }
}
const writes = (world: TestWorld) => world.record().filter(isWriteOfApp);

test("a gallery that has not opted in is shared with nobody; once its tag names him, with him", () =>
  within({ GOLDSMITH_OPT_IN: "tag" }, async (world, share) => {
    expect((await share()).body).toMatchObject({
      state: "refused",
      problem: { code: "NotOptedIn", principalId: user },
    });
    expect(writes(world)).toEqual([]);
    const gallery = world.estate.definition.split("/images/ubuntu")[0];
    await world.arm("PATCH", `${gallery}?api-version=2023-07-03`, { tags: { goldsmith: user } });
    await world.clock.advance(60_000);
    const { problem, state } = (await share()).body;
    expect([state, problem]).toEqual(["shared", undefined]);
  }));

test("while grants are stopped nothing is shared, and the command is there for somebody who may", () =>
  within({ GOLDSMITH_STOP: "grants" }, async (world, share) => {
    expect((await share()).body).toMatchObject({
      state: "refused",
      problem: {
        code: "GrantsStopped",
        fix: [expect.stringContaining("az role assignment create"), expect.anything()],
      },
    });
    expect(writes(world)).toEqual([]);
  }));

test("a Goldsmith that only advises answers with the command", () =>
  within({ GOLDSMITH_MODE: "advise" }, async (world, share) => {
    const { status, body } = await share();
    expect([status, body]).toMatchObject([
      409,
      { code: "AdviseOnly", fix: [expect.stringContaining(`--assignee-object-id ${user}`)] },
    ]);
    expect(writes(world)).toEqual([]);
  }));

test("a share whose answers are lost is made once, and taken back all the same", () =>
  within({}, async (world, share) => {
    const fault = { method: "PUT", path: "/roleAssignments/", caller: "app", times: 3, kind: "acceptedThenReset" };
    await fetch(`${world.azure.endpoint}/emulator/faults`, { method: "POST", body: JSON.stringify(fault) });
    expect((await share()).body.state).toBe("shared");
    const made = world.azure.world.store.list<{ principalId: string }>("roleAssignment");
    expect(made.filter(([, { principalId }]) => principalId === user)).toHaveLength(1);
    const { body } = await world.call<{ id: string }>("POST", "undo", { all: true }, approver);
    await world.clock.until(async () => (await world.call("GET", `undo/${body.id}`)).body.state === "done");
    const left = world.azure.world.store.list<{ principalId: string }>("roleAssignment");
    expect(left.filter(([, { principalId }]) => principalId === user)).toEqual([]);
  }));
