import { ArmFailure } from "../../../shared/azure/armFailure.ts";
import type { ArmRequest, Connection } from "../../../shared/azure/connection.ts";
import { templateLister } from "../../../shared/azure/identityUses.ts";
import { policyReader } from "../../../shared/azure/policyFacts.ts";
import { startReading } from "../../../shared/azure/reading.ts";
import { template } from "./support/ids.ts";

const forbidden = {
  method: "GET",
  path: "/x",
  status: 403,
  parts: [{ code: "AuthorizationFailed", message: "no" }],
} as const;

/** ARM with one list in it. Checks of policies find nothing. */
function armWith(list: readonly unknown[] | "forbidden") {
  const asked: ArmRequest[] = [];
  const send = async (request: ArmRequest) => {
    asked.push(request);
    if (request.method === "POST") return { status: 200, body: {}, headers: { get: () => undefined } };
    if (list === "forbidden") throw new ArmFailure(forbidden);
    return { status: 200, body: { value: list }, headers: { get: () => undefined } };
  };
  return { asked, arm: { send } as unknown as Connection };
}

const staging = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/staging";

test.each([
  ["no policy is assigned", [], 0],
  ["none is enforced", [{ properties: { enforcementMode: "DoNotEnforce" } }], 0],
  ["one is enforced among others", [{ properties: { enforcementMode: "DoNotEnforce" } }, { properties: {} }], 4],
  ["assignments may not be listed", "forbidden" as const, 4],
])("where %s, policies are asked for that many kinds of resources", async (_, list, checks) => {
  const { arm, asked } = armWith(list);
  const reading = startReading(arm);
  const body = { location: "westeurope", properties: { stagingResourceGroup: staging } };
  expect(await policyReader(arm)(reading, { id: template, exists: false, body })).toEqual([]);
  expect(asked.filter(({ method }) => method === "POST")).toHaveLength(checks);
  expect(asked[0]?.path).toBe(`${staging}/providers/Microsoft.Authorization/policyAssignments`);
  expect(asked[0]?.query).toEqual({ $filter: "atScope()" });
  expect(reading.unread()).toEqual([]);
});

test("a template is known to be new only by a list that was made for that question", async () => {
  const { arm, asked } = armWith([{ id: template }]);
  const lister = templateLister(arm);
  expect(await lister.lacks(`${template}-other`)).toBe(true);
  expect(await lister.lacks(`${template}-other`)).toBe(false);
  // Who else uses its identity is seen in the same list.
  expect(await lister("11111111-1111-1111-1111-111111111111")).toMatchObject([{ id: template }]);
  expect(asked).toHaveLength(1);
});

test.each([
  ["it is listed", [{ id: template.toUpperCase() }]],
  ["the list is forbidden", "forbidden" as const],
])("a template is not taken for new where %s", async (_, list) => {
  expect(await templateLister(armWith(list).arm).lacks(template)).toBe(false);
});

test("an id that is none asks nothing", async () => {
  const { arm, asked } = armWith([]);
  await expect(templateLister(arm).lacks("/subscriptions/x/..")).rejects.toMatchObject({
    problem: { code: "InvalidResourceId" },
  });
  expect(asked).toEqual([]);
});
