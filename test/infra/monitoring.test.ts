import { logEvents } from "../../functions/activities/story.ts";
import { activeStates, finalStates } from "../../shared/build.ts";
import { measures } from "../../shared/telemetry.ts";
import { postdeploy, provision } from "./deployments.ts";

const hub = () => provision({ alertMail: "operators@example.com" });
const propertiesOf = ({ resources }: ReturnType<typeof provision>, type: string) =>
  resources.filter((one) => one.type === type).map(({ body }) => body.properties as Record<string, never>);

const workbook = () => {
  const [{ serializedData = "" } = {}] = propertiesOf(hub(), "Microsoft.Insights/workbooks");
  return JSON.parse(serializedData) as {
    readonly items: readonly { readonly content: { readonly query?: string; readonly title?: string } }[];
    readonly fallbackResourceIds: readonly string[];
  };
};
const alertQueries = () =>
  propertiesOf(hub(), "Microsoft.Insights/scheduledQueryRules").map(
    ({ criteria }) => (criteria as unknown as { allOf: { query: string }[] }).allOf[0]?.query ?? "",
  );
const queries = () => [...workbook().items.flatMap(({ content }) => content.query ?? []), ...alertQueries()];
const named = (pattern: RegExp) =>
  queries().flatMap((query) => [...query.matchAll(pattern)].map(([, name = ""]) => name));

test("the workbook is one, and looks at this deployment's Application Insights", () => {
  expect(workbook().fallbackResourceIds).toEqual([
    expect.stringMatching(/\/providers\/Microsoft\.Insights\/components\/appi-goldsmith-prod$/),
  ]);
});

test("it shows every measure, and no query asks for one that nobody takes", () => {
  expect([...new Set(named(/name == "(goldsmith[^"]*)"/g))].sort()).toEqual(Object.keys(measures).sort());
});

test("queries look for lines of the log that are written, with states that there are", () => {
  const asked = named(/line\.event == "(\w+)"/g);
  expect(asked.length).toBeGreaterThan(4);
  expect(asked.filter((name) => !(logEvents as readonly string[]).includes(name))).toEqual([]);
  const states = queries()
    .filter((query) => query.includes("buildEnded"))
    .flatMap((query) => [...(/line\.state (?:in \(|!= )([^)|]*)/.exec(query)?.[1]?.matchAll(/"(\w+)"/g) ?? [])])
    .map(([, state = ""]) => state);
  expect(states.length).toBeGreaterThan(3);
  expect(states.filter((state) => !([...activeStates, ...finalStates] as readonly string[]).includes(state))).toEqual(
    [],
  );
});

test("operators are mailed of failed builds, of drift, and of dead letters", () => {
  const mailed = [
    ...propertiesOf(hub(), "Microsoft.Insights/scheduledQueryRules"),
    ...propertiesOf(postdeploy(hub()), "Microsoft.Insights/metricAlerts"),
  ].map(({ actions, displayName, description }) => [displayName ?? description, JSON.stringify(actions)]);
  for (const about of [/Builds of images failed/, /not as they should be/, /could not be delivered/]) {
    const found = mailed.filter(([text]) => about.test(text ?? ""));
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter(([, actions]) => !actions?.includes("/actionGroups/ag-goldsmith"))).toEqual([]);
  }
  expect(JSON.stringify(postdeploy(provision()))).not.toContain("actionGroupId");
});
