import { parseBody } from "../../../../local/azure/imagebuilder/parse.ts";
import { apiVersions } from "../../../../local/azure/imagebuilder/schema.ts";
import { template } from "../../../../local/azure/imagebuilder/templateSchema.ts";
import type { Json } from "../../../../local/azure/world.ts";

const read = (body: Json, version: string) => parseBody(template, body, version);
const strict = ["2024-02-01", "2025-10-01"];
const lenient = apiVersions.filter((version) => !strict.includes(version));

test.each(strict)("Version %s refuses a field that it does not know, in the service's own words", (version) => {
  const body = { location: "westeurope", properties: { optimize: { vmboot: { state: "Enabled" } } } };
  const package_ = `v${version.replaceAll("-", "_")}`;
  expect(() => read(body, version)).toThrow(
    `Unmarshalling entity encountered error: unmarshalling type *${package_}.ImageTemplate: struct field Properties: unmarshalling type *${package_}.ImageTemplateProperties: struct field Optimize: unmarshalling type *${package_}.ImageTemplatePropertiesOptimize: unmarshalling type *${package_}.ImageTemplatePropertiesOptimize, unknown field "vmboot". There is an issue with the syntax with the JSON template you are submitting. Please check the JSON template for syntax and grammar. For more information on the syntax and grammar of the JSON template, visit http://aka.ms/azvmimagebuildertmplref.`,
  );
});

test.each(lenient)("Version %s takes any casing, and drops what it does not know", (version) => {
  const body = {
    Location: "westeurope",
    Properties: { Source: { Type: "platformimage", PUBLISHER: "Canonical" }, surprise: 1 },
  };
  expect(read(body, version)).toEqual({
    location: "westeurope",
    properties: { source: { type: "PlatformImage", publisher: "Canonical" } },
  });
});

test.each(apiVersions)("Version %s ignores what deployments put around a template", (version) => {
  const envelope = {
    type: "Microsoft.VirtualMachineImages",
    apiVersion: "2020-02-14",
    dependsOn: [],
    name: "x",
    comments: "c",
  };
  expect(read({ ...envelope, location: "westeurope" }, version)).toEqual({ location: "westeurope" });
});

test.each([
  ["autoRun", { autoRun: { state: "Enabled" } }, "2024-02-01"],
  ["errorHandling", { errorHandling: { onCustomizerError: "abort" } }, "2023-07-01"],
  ["additionalDataDisks", { additionalDataDisks: [{ sizeGB: 4 }] }, "2025-10-01"],
  ["validate", { validate: { sourceValidationOnly: true } }, "2022-02-14"],
] as const)("The field %s exists from its version on, not before", (name, properties, since) => {
  for (const version of apiVersions) {
    const reading = () => read({ properties }, version).properties;
    if (version >= since) expect(reading()).toEqual(properties);
    else if (strict.includes(version)) expect(reading).toThrow(`unknown field "${name}"`);
    else expect(reading()).toEqual({});
  }
});

test("What only the service writes may be sent back, and has no effect", () => {
  const properties = {
    provisioningState: "Failed",
    lastRunStatus: { runState: "Succeeded" },
    exactStagingResourceGroup: "x",
  };
  expect(read({ properties }, "2024-02-01")).toEqual({ properties: {} });
});

test.each([
  [{ properties: { buildTimeoutInMinutes: "80" } }, "json: cannot unmarshal string into Go value of type int32"],
  [{ properties: { customize: {} } }, "json: cannot unmarshal object into Go value of type []"],
  [{ properties: { source: "ubuntu" } }, "json: cannot unmarshal value into Go struct"],
  [[], "unexpected end of JSON input"],
] as const)("A value of the wrong kind is refused in every version: %j", (body, text) => {
  for (const version of apiVersions) expect(() => read(body as Json, version)).toThrow(text);
});

test("A field of another customizer's type is unknown where fields are strict", () => {
  const customize = [{ type: "Shell", name: "a", runElevated: true }];
  expect(() => read({ properties: { customize } }, "2024-02-01")).toThrow(
    'ImageTemplateShellCustomizer, unknown field "runElevated"',
  );
});
