import type { Artifact } from "../../../../shared/build.ts";
import { commandsFor, missingTargets, remainderOf } from "../../../../shared/decide/builds/remainder.ts";

const group = "/subscriptions/s/resourceGroups/g/providers";
const build = {
  id: "ubuntu-0123456789ab",
  templateId: `${group}/Microsoft.VirtualMachineImages/imageTemplates/ubuntu`,
  lineage: "the lineage",
};
const gallery = (name: string) => ({ type: "SharedImage", runOutputName: name, galleryImageId: `${group}/x/${name}` });
const body = {
  location: "westeurope",
  tags: { owner: "it's us" },
  identity: { type: "UserAssigned", userAssignedIdentities: { "/id": {} } },
  properties: {
    source: { type: "PlatformImage" },
    stagingResourceGroup: "/subscriptions/s/resourceGroups/staging",
    customize: [{ type: "Shell", name: "updates" }],
    vmProfile: { vmSize: "Standard_D2s_v5" },
    distribute: [gallery("first"), gallery("second"), { type: "VHD", runOutputName: "disk" }],
  },
};
const version: Artifact = { runOutputName: "first", kind: "imageVersion", id: `${group}/x/first/versions/1.0.0` };

test("what is missing is made from the version that was made, and nothing is done to it again", () => {
  expect(missingTargets(body, [version])).toEqual(["second", "disk"]);
  const rest = remainderOf(build, body, [version]);
  expect(rest?.templateId).toMatch(/imageTemplates\/ubuntu-rest-[0-9a-f]{8}$/);
  expect(rest?.body).toEqual({
    location: "westeurope",
    tags: { owner: "it's us", "goldsmith-lineage": "the lineage" },
    identity: body.identity,
    properties: {
      source: { type: "SharedImageVersion", imageVersionId: version.id },
      distribute: [gallery("second"), { type: "VHD", runOutputName: "disk" }],
      vmProfile: { vmSize: "Standard_D2s_v5" },
    },
  });
});

test("a version that the template's region does not have is no source, a managed image is one", () => {
  const far = { ...version, regions: [{ name: "East US", state: "Completed", progress: 100 }] };
  expect(remainderOf(build, body, [far])).toBeUndefined();
  const image: Artifact = { runOutputName: "second", kind: "managedImage", id: `${group}/images/i` };
  expect(remainderOf(build, body, [far, image])?.body.properties).toMatchObject({
    source: { type: "ManagedImage", imageId: image.id },
  });
});

test("where a VHD is all there is, or nothing is missing, there is no such template", () => {
  expect(remainderOf(build, body, [{ runOutputName: "disk", kind: "vhd", id: "https://x" }])).toBeUndefined();
  const all = ["first", "second", "disk"].map((runOutputName) => ({ ...version, runOutputName }));
  expect(remainderOf(build, body, all)).toBeUndefined();
});

test("long names are cut, and the commands survive a quote in a tag", () => {
  const long = { ...build, templateId: `${build.templateId}${"x".repeat(58)}` };
  const rest = remainderOf(long, body, [version]);
  expect(rest?.templateId.split("/").at(-1)?.length).toBeLessThanOrEqual(64);
  const [put = "", run = ""] = commandsFor(rest as NonNullable<typeof rest>);
  expect(put).toContain(`it'\\''s us`);
  expect(run).toContain("--action Run");
});
