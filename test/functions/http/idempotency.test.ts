import { routes } from "../../../functions/http/index.ts";

/** What needs no key, and why. */
const keyless: Readonly<Record<string, string>> = {
  postPlan: "reads only",
  postRoleDefinition: "reads only",
  cancelBuild: "asking twice is asking once: the build is named",
  cancelVerification: "asking twice is asking once: the verification is named",
  retryBuild: "a build that failed is retried once, whoever asks and however often",
  resumeSchedule: "what goes on goes on",
  applyRetention: "a plan is applied once, by its hash",
  applyRoleDefinition: "a role that stands like that is left as it is",
  testTarget: "one attempt, now, and nothing is kept of it",
};

test("every POST takes an Idempotency-Key (proven in journeys/repeating.slow.test.ts), or is named with the reason why it needs none", () => {
  const posts = routes.filter(({ method }) => method === "POST");
  const takers = posts.filter(({ headers }) => headers?.["Idempotency-Key"]);
  expect([...takers.map(({ name }) => name), ...Object.keys(keyless)].sort()).toEqual(
    posts.map(({ name }) => name).sort(),
  );
});
