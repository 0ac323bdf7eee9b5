import type { Example } from "./route.ts";

/** Ids of the examples in the documentation: one small estate, the same in all of them. */
const subscription = "/subscriptions/11111111-2222-3333-4444-555555555555";
const images = `${subscription}/resourceGroups/rg-images`;
/** The template of all examples. */
export const exampleTemplate = `${images}/providers/Microsoft.VirtualMachineImages/imageTemplates/ubuntu-2404`;
const identity = `${images}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-image-builder`;

/** Stands for the id of a build in examples. */
export const exampleBuild = "the-build-you-started";

const template = {
  resourceGroupId: images,
  name: "ubuntu-2404-spring",
  body: {
    location: "westeurope",
    identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } },
    properties: {
      source: {
        type: "PlatformImage",
        publisher: "Canonical",
        offer: "ubuntu-24_04-lts",
        sku: "server",
        version: "latest",
      },
      customize: [{ type: "Shell", name: "updates", inline: ["sudo apt-get update"] }],
      distribute: [
        {
          type: "SharedImage",
          runOutputName: "gold",
          galleryImageId: `${images}/providers/Microsoft.Compute/galleries/gold/images/ubuntu-2404`,
          targetRegions: [{ name: "westeurope" }],
        },
      ],
    },
  },
};

export const startExamples: readonly Example[] = [
  { title: "Build a template that stands", body: { templateId: exampleTemplate }, status: 202 },
  {
    title: "Build a template that exists nowhere yet",
    headers: { "Idempotency-Key": "pipeline-4711" },
    body: { template },
    status: 202,
  },
  {
    title: "The same key with another body is refused",
    headers: { "Idempotency-Key": "pipeline-4711" },
    body: { templateId: exampleTemplate },
    status: 422,
  },
  { title: "Neither an id nor a body", body: {}, status: 400 },
];

export const planExamples: readonly Example[] = [
  { title: "Plan a template that stands", body: { templateId: exampleTemplate }, status: 200 },
  { title: "Plan a template file before it is deployed", body: { template }, status: 200 },
];

export const listExamples: readonly Example[] = [
  { title: "The newest ten of a template", query: { templateId: exampleTemplate, limit: "10" }, status: 200 },
  { title: "A state that does not exist", query: { state: "baking" }, status: 400 },
];

export const buildExamples: readonly Example[] = [
  { title: "One build", params: { id: exampleBuild }, status: 200 },
  {
    title: "Wait for news, one second at most",
    params: { id: exampleBuild },
    headers: { Prefer: "wait=1" },
    status: 200,
  },
  { title: "A build that never was", params: { id: "nobody-started-this" }, status: 404 },
];

export const cancelExamples: readonly Example[] = [
  { title: "Ask for its end", params: { id: exampleBuild }, status: 202 },
  { title: "Asking twice is asking once", params: { id: exampleBuild }, status: 202 },
];
