import { planTemplate } from "../../functions/planning.ts";
import type { HowToRead } from "../../shared/azure/readFacts.ts";
import type { Facts } from "../../shared/decide/planning/facts.ts";
import { keptFacts } from "../../shared/decide/planning/keptFacts.ts";
import * as estate from "../shared/decide/estate.ts";

const { policy, templateId } = estate;
const body = estate.template();
const found = { id: templateId, exists: true, body };

/** An Azure that answers with these facts and remembers how it was asked for them. */
function azureOf(facts: Facts) {
  const asked: (HowToRead | undefined)[] = [];
  const azure = {
    readTemplate: async () => found,
    readFacts: async (_: unknown, __: unknown, how?: HowToRead) => {
      asked.push(how);
      return facts;
    },
  } as unknown as Parameters<typeof planTemplate>[0];
  return { azure, asked };
}

/** Facts in which every right stands. */
async function settledFacts(): Promise<Facts> {
  const bare = estate.facts(body, { template: found });
  const { plan } = await planTemplate(azureOf(bare).azure, { templateId }, policy);
  const grants = plan.changes.flatMap((change) =>
    change.kind === "assignRole" ? [estate.grant(change.scope, change.roleDefinitionId)] : [],
  );
  return { ...bare, grants };
}

const keptAt = (facts: Facts, ageHours: number) => {
  const kept = keptFacts(facts);
  if (!kept) throw new Error("nothing was kept");
  return { ...kept, readAt: new Date(Date.now() - ageHours * 3_600_000).toISOString() };
};

test("a plan with nothing to do may rest on what was kept; nothing is read twice", async () => {
  const facts = await settledFacts();
  const { azure, asked } = azureOf(facts);
  const kept = keptAt(facts, 1);
  const planned = await planTemplate(azure, { templateId, kept }, policy);
  expect(planned).toMatchObject({ fresh: false, plan: { changes: [], blockers: [] } });
  expect(asked.map((how) => how?.kept)).toEqual([kept]);
});

test("a plan with something to change is made again from fresh reads", async () => {
  const { azure, asked } = azureOf(estate.facts(body, { template: found }));
  const planned = await planTemplate(azure, { templateId, kept: keptAt(await settledFacts(), 1) }, policy);
  expect(planned.plan.changes).not.toEqual([]);
  expect(planned.fresh).toBe(true);
  expect(asked.map((how) => how?.kept !== undefined)).toEqual([true, false]);
});

test.each([
  ["a day old", 25, found],
  ["of other content", 1, { ...found, body: estate.template({ buildTimeoutInMinutes: 77 }) }],
])("what was kept is not looked at when it is %s", async (_, age, template) => {
  const facts = await settledFacts();
  const { azure, asked } = azureOf(facts);
  const kept = keptAt({ ...facts, template }, age);
  expect((await planTemplate(azure, { templateId, kept }, policy)).fresh).toBe(true);
  expect(asked.map((how) => how?.kept)).toEqual([undefined]);
});

test("facts that could not all be read are not kept", async () => {
  const unread = [{ code: "AuthorizationFailed", title: "no" }];
  expect(keptFacts({ ...(await settledFacts()), unread })).toBeUndefined();
});
