import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld, writesOf } from "./world.ts";

afterAll(endStorage);

describe("a template whose gallery lies outside the fence", () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await startWorld();
    await world.stop();
    const fence = `${world.estate.networkGroup}`;
    world = await startWorld({ settings: { GOLDSMITH_FENCE: fence, GOLDSMITH_WATCH: world.estate.subscription } });
  });
  afterAll(() => world.stop());

  test("is refused: the problem names the scope and the setting, and nothing is written", async () => {
    const { estate } = world;
    await world.arm("PUT", `${estate.template}?api-version=2024-02-01`, sampleTemplate(estate));
    const build = await world.built(await world.buildOf(estate.template));
    expect(build.state).toBe("refused");
    expect(build.problem).toMatchObject({ code: "OutsideFence" });
    expect(build.problem?.scope?.toLowerCase()).toContain(estate.imagesGroup.toLowerCase());
    expect(build.problem?.fix?.join()).toContain("GOLDSMITH_FENCE");
    expect(writesOf(world)).toEqual([]);
  });
});

describe("a request that is not what the route takes", () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());

  const id = () => world.estate.template;
  const cases: [name: string, body: () => unknown, pointer: string][] = [
    ["no JSON", () => "{", ""],
    ["an array", () => [], ""],
    ["nothing", () => ({}), ""],
    ["both an id and a body", () => ({ templateId: id(), template: {} }), "/template/resourceGroupId"],
    ["an id of the wrong type", () => ({ templateId: 7 }), "/templateId"],
    ["an id that is none", () => ({ templateId: "ubuntu" }), "/templateId"],
    ["an id of another type of resource", () => ({ templateId: world.estate.definition }), "/templateId"],
    ["an id with a step upwards", () => ({ templateId: id().replace("rg-images", "..") }), "/templateId"],
    ["an unknown field", () => ({ templateId: id(), force: true }), "/force"],
    ["an unknown mode", () => ({ templateId: id(), mode: "yolo" }), "/mode"],
    ["a plan hash that is none", () => ({ templateId: id(), planHash: "abc" }), "/planHash"],
    [
      "a template without distribution",
      () => ({
        template: {
          resourceGroupId: world.estate.imagesGroup,
          name: "t",
          body: { location: "w", identity: {}, properties: { source: { type: "x" }, distribute: [] } },
        },
      }),
      "/template/body/properties/distribute",
    ],
  ];

  test.each(cases)("%s is answered 400 with the place, and starts nothing", async (_, body, pointer) => {
    const answer = await world.call<{ errors: { pointer: string }[] }>("POST", "builds", body());
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body.errors.map((error) => error.pointer)).toContain(pointer);
  });

  test("a megabyte is answered 413", async () => {
    const answer = await world.call("POST", "builds", { templateId: "x".repeat(1024 * 1024) });
    expect(answer.status).toBe(413);
  });

  test("a template that does not exist is answered 404", async () => {
    const answer = await world.call("POST", "builds", { templateId: id() });
    expect(answer).toMatchObject({ status: 404, body: { code: "TemplateGone" } });
  });

  test("without a key, or with a wrong one, nobody gets in", async () => {
    const without = await fetch(`${world.host.url}/api/builds`);
    const wrong = await fetch(`${world.host.url}/api/builds`, { headers: { "x-functions-key": "no" } });
    expect([without.status, wrong.status]).toEqual([401, 401]);
  });

  test("none of it started a build", async () => {
    expect((await world.call<{ value: unknown[] }>("GET", "builds")).body.value).toEqual([]);
  });
});
