import fc from "fast-check";
import { compareVersions } from "../../../../local/azure/compute/order.ts";
import { nextLatest } from "../../../../local/azure/imagebuilder/numbering.ts";
import { parseBody } from "../../../../local/azure/imagebuilder/parse.ts";
import { template } from "../../../../local/azure/imagebuilder/templateSchema.ts";
import type { Json } from "../../../../local/azure/world.ts";
import { type Estate, startEstate } from "../support/builderEstate.ts";

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterAll(() => estate?.stop());

/** A template with everything in it. */
const full = () =>
  estate.template({
    customize: [
      { type: "Shell", name: "a", inline: ["echo"] },
      {
        type: "PowerShell",
        name: "b",
        scriptUri: "https://a.example/b.ps1",
        runElevated: true,
        runAsSystem: true,
        validExitCodes: [0, 3010],
      },
      { type: "File", sourceUri: "https://a.example/c", destination: "/tmp/c" },
      { type: "WindowsUpdate", filters: ["x"], updateLimit: 3 },
    ],
    validate: { inVMValidations: [{ type: "Shell", inline: ["true"] }], continueDistributeOnFailure: false },
    optimize: { vmBoot: { state: "Enabled" } },
    errorHandling: { onCustomizerError: "abort" },
    vmProfile: { vmSize: "Standard_D2s_v5", osDiskSizeGB: 64, userAssignedIdentities: [estate.identity] },
    managedResourceTags: { a: "b" },
    autoRun: { state: "Disabled" },
    buildTimeoutInMinutes: 90,
  }) as Json;

/** Every place in a JSON value, as a path. */
function places(value: Json, at: readonly string[] = []): readonly (readonly string[])[] {
  const below = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [at, ...below.flatMap(([name, entry]) => places(entry as Json, [...at, name]))];
}

function replaced(value: Json, [name, ...rest]: readonly string[], by: Json): Json {
  if (name === undefined) return by;
  if (Array.isArray(value))
    return value.map((entry, index) => (String(index) === name ? replaced(entry as Json, rest, by) : entry)) as Json;
  const object = value as { readonly [key: string]: Json };
  return { ...object, [name]: replaced(object[name] ?? null, rest, by) };
}

test("Whatever stands at whatever place of a template, the service takes it or refuses it; it never breaks", async () => {
  const body = full();
  const paths = places(body);
  let number = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(paths.length - 1),
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom("2020-02-14", "2022-07-01", "2024-02-01", "2025-10-01"),
      async (index, value, version) => {
        const sent = replaced(body, paths[index] ?? [], value as Json);
        const reply = await estate.arm("PUT", estate.templateId(`any-${++number}`), sent, version);
        expect([201, 400, 403]).toContain(reply.status);
      },
    ),
    { numRuns: 300, seed: 7 },
  );
  // What was taken is also provisioned, one way or the other.
  await estate.bench.clock.advance(120_000);
  const { resources } = estate.bench.azure.world.store;
  const states = resources("Microsoft.VirtualMachineImages/imageTemplates").map(
    (one) => (one.body.properties as { provisioningState: string }).provisioningState,
  );
  expect(states.length).toBeGreaterThan(20);
  expect(states.filter((state) => state !== "Succeeded" && state !== "Failed")).toEqual([]);
});

const shuffledCase = (name: string, seed: number) =>
  [...name].map((letter, index) => ((seed >> (index % 16)) & 1 ? letter.toUpperCase() : letter.toLowerCase())).join("");
const recased = (value: Json, seed: number, free = false): Json => {
  if (Array.isArray(value)) return value.map((entry) => recased(entry as Json, seed, free)) as Json;
  if (typeof value !== "object" || value === null) return value;
  // Names of tags and identities are data: their casing counts.
  const data = free || "userAssignedIdentities" in value;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      data || free ? name : shuffledCase(name, seed),
      recased(entry as Json, seed, /Tags$|^userAssigned/.test(name)),
    ]),
  );
};

test("Before 2024 a template reads the same in any casing of its fields", () => {
  const body = full();
  const canonical = parseBody(template, body, "2023-07-01");
  fc.assert(
    fc.property(fc.nat(65_535), (seed) =>
      expect(parseBody(template, recased(body, seed), "2023-07-01")).toEqual(canonical),
    ),
  );
});

test("The next version is above every other of its major, and below the next major", () => {
  const version = fc.tuple(fc.nat(3), fc.nat(20), fc.nat(300)).map((numbers) => numbers.join("."));
  fc.assert(
    fc.property(fc.array(version, { maxLength: 12 }), fc.integer({ min: -1, max: 3 }), (taken, major) => {
      const next = nextLatest(taken, major);
      const rivals = taken.filter((name) => major < 0 || name.startsWith(`${major}.`));
      for (const rival of rivals) expect(compareVersions(next, rival)).toBeGreaterThan(0);
      if (major >= 0) expect(next.split(".")[0]).toBe(String(major));
    }),
  );
});
