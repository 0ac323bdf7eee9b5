import { sampleTemplate } from "../../local/estate.ts";
import { roleDefinitionId, roleDefinitionName } from "../../shared/decide/permissions/roles.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld({ switches: { buildSeconds: [880, 920] } });
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

const failure = "==> azure-arm: Script exited with non-zero exit status: 7. Allowed exit codes are: [0]";

/** A build whose second customizer fails, which says a secret before; built from a body, so that its template is Goldsmith's. */
async function failed(name: string) {
  const { estate, call, arm } = world;
  const { properties, ...rest } = sampleTemplate(estate);
  const customize = [
    { type: "Shell", name: "updates", inline: ["echo password=hunter2"] },
    { type: "Shell", name: "hardening", inline: ["echo now it gets hard"] },
  ];
  const body = { ...rest, properties: { ...properties, customize } };
  const templateId = `${estate.imagesGroup}/providers/Microsoft.VirtualMachineImages/imageTemplates/${name}`;
  const fault = { stage: "Customizing", log: [failure] };
  await arm("POST", "/emulator/build-faults", { templateId, fault });
  const template = { resourceGroupId: estate.imagesGroup, name, body };
  const { id } = (await call<{ id: string }>("POST", "builds", { template })).body;
  return world.built(id);
}
const logOf = async (id: string) => {
  const answer = await fetch(`${world.host.url}/api/builds/${id}/log`, {
    headers: { "x-functions-key": world.host.keys.function },
  });
  return { status: answer.status, text: await answer.text() };
};

test("a failed build is explained from the log in the staging account, whose container is gone by then", async () => {
  const build = await failed("explained");
  expect(build.state).toBe("failed");
  expect(build.problem).toMatchObject({ code: "CustomizerFailed", stage: "customizing" });
  expect(build.problem?.detail).toContain("hardening (Shell, customize[1])");
  expect(build.problem?.detail).toContain("non-zero exit status: 7");
  expect(build.logTail).toContain("non-zero exit status: 7");
  const log = await logOf(build.id);
  expect(log.status).toBe(200);
  expect(log.text).toContain("Running builder");
  expect(JSON.stringify(build) + log.text).not.toContain("hunter2");
}, 120_000);

test("where the account may not be entered, the build ends all the same and says that the cause is not known", async () => {
  const { arm, estate, clock } = world;
  const id = roleDefinitionId("local", estate.subscription.split("/")[2] ?? "", "appLogReader");
  const properties = {
    roleName: roleDefinitionName("local", "appLogReader"),
    type: "CustomRole",
    assignableScopes: [estate.subscription],
    permissions: [{ actions: ["Microsoft.Resources/subscriptions/resourceGroups/read"], dataActions: [] }],
  };
  expect((await arm("PUT", `${id}?api-version=2022-04-01`, { properties })).status).toBe(201);
  await clock.advance(20 * 60_000);
  const build = await failed("unexplained");
  expect(build.state).toBe("failed");
  expect(build.problem).toMatchObject({ code: "PackerBuildFailed" });
  expect(build.problem?.title).toMatch(/neither the service nor the log/);
}, 120_000);
