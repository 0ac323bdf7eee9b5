import { readFileSync } from "node:fs";
import { ImageBuilderClient } from "@azure/arm-imagebuilder";
import { type Estate, galleryRights, imageRights, startEstate } from "../support/builderEstate.ts";

let estate: Estate;
let client: ImageBuilderClient;
beforeAll(async () => {
  estate = await startEstate();
  estate.grant([...galleryRights, ...imageRights], estate.group);
  const { azure, subscription } = estate.bench;
  const token = azure.tokenFor(azure.settings.owner.principalId);
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  client = new ImageBuilderClient(credential, subscription.split("/")[2] ?? "", {
    endpoint: azure.endpoint,
    tlsOptions: { ca: readFileSync(azure.caFile, "utf8") },
  });
});
afterAll(() => estate?.stop());

/** Lets emulated time pass while the SDK waits in real time. */
async function meanwhile<T>(waiting: Promise<T>): Promise<T> {
  let done = false;
  const settled = waiting.finally(() => {
    done = true;
  });
  settled.catch(() => {});
  while (!done) {
    await estate.bench.clock.advance(30_000);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return settled;
}

const poll = { updateIntervalInMs: 5 };
const group = "images";

test("The SDK creates, runs, reads, changes and deletes a template", async () => {
  const templates = client.virtualMachineImageTemplates;
  const parameters = {
    location: "westeurope",
    identity: { type: "UserAssigned", userAssignedIdentities: { [estate.identity]: {} } },
    source: {
      type: "PlatformImage",
      publisher: "Canonical",
      offer: "ubuntu-24_04-lts",
      sku: "server",
      version: "latest",
    },
    customize: [{ type: "Shell", name: "a", inline: ["echo a"] }],
    distribute: [
      {
        type: "SharedImage",
        galleryImageId: estate.definition,
        runOutputName: "out",
        targetRegions: [{ name: "westeurope" }],
        versioning: { scheme: "Latest" },
      },
    ],
  } as Parameters<typeof templates.createOrUpdate>[2];
  const made = await meanwhile(Promise.resolve(templates.createOrUpdate(group, "sdk", parameters, poll)));
  expect(made.provisioningState).toBe("Succeeded");

  await meanwhile(Promise.resolve(templates.run(group, "sdk", poll)));
  const done = await templates.get(group, "sdk");
  expect(done.lastRunStatus?.runState).toBe("Succeeded");
  expect(done.lastRunStatus?.endTime?.getUTCFullYear()).toBe(2026);
  const outputs = [];
  for await (const output of templates.listRunOutputs(group, "sdk")) outputs.push(output.artifactId);
  expect(outputs).toEqual([`${estate.definition}/versions/0.0.1`]);

  await meanwhile(Promise.resolve(templates.update(group, "sdk", { tags: { a: "b" } }, poll)));
  const listed = [];
  for await (const one of templates.listByResourceGroup(group)) listed.push([one.name, one.tags]);
  expect(listed).toEqual([["sdk", { a: "b" }]]);
  const operations = [];
  for await (const operation of client.operations.list()) operations.push(operation.name);
  expect(operations).toContain("Microsoft.VirtualMachineImages/imageTemplates/run/action");

  await meanwhile(Promise.resolve(templates.delete(group, "sdk", poll)));
  await expect(templates.get(group, "sdk")).rejects.toMatchObject({ statusCode: 404, code: "ResourceNotFound" });
});

test("To the SDK a failed build is an error with the code in its text, and a refused one has the code itself", async () => {
  await estate.submitted("broken", { customize: [{ type: "Shell", inline: ["exit 1"] }] });
  const templates = client.virtualMachineImageTemplates;
  const run = meanwhile(Promise.resolve(templates.run(group, "broken", poll)));
  await expect(run).rejects.toThrow(/PackerBuildFailed.*During the image build a failure has occurred/s);
  await expect(templates.cancel(group, "broken")).rejects.toMatchObject({
    statusCode: 409,
    code: "OperationNotAllowed",
  });
});
