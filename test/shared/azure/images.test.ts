import { newestVersion } from "../../../shared/azure/images.ts";
import { definition } from "./support/ids.ts";
import { armError, type Stub, startStub } from "./support/stub.ts";

let stub: Stub;
beforeAll(async () => {
  stub = await startStub();
});
afterAll(() => stub.close());
beforeEach(() => stub.reset());

const version = (name: string, state = "Succeeded", regions: readonly object[] = [{ name: "West Europe" }]) => ({
  id: name,
  name,
  properties: { provisioningState: state, publishingProfile: { targetRegions: regions } },
});

it("takes the highest number for the latest, not the longest text and not what is not there yet", () => {
  expect(newestVersion([version("1.9.9"), version("1.10.0"), version("1.2.30")], "westeurope")).toBe("1.10.0");
  expect(newestVersion([version("1.0.0"), version("2.0.0", "Creating"), version("x.y.z")], "West Europe")).toBe(
    "1.0.0",
  );
  const excludedHere = version("3.0.0", "Succeeded", [
    { name: "westeurope", excludeFromLatest: true },
    { name: "northeurope" },
  ]);
  expect(newestVersion([excludedHere, version("1.0.0")], "westeurope")).toBe("1.0.0");
  expect(newestVersion([excludedHere], "northeurope")).toBe("3.0.0");
  expect(newestVersion([], "westeurope")).toBeUndefined();
});

it("reads a version with its replication, or undefined", async () => {
  const id = `${definition}/versions/1.0.0`;
  stub.on(
    `GET ${id}`,
    {
      status: 200,
      body: {
        id,
        properties: {
          provisioningState: "Succeeded",
          replicationStatus: {
            aggregatedState: "InProgress",
            summary: [{ region: "West Europe", state: "Replicating", details: "", progress: 40 }],
          },
        },
      },
    },
    armError(404, "ResourceNotFound", "x"),
  );
  expect(await stub.azure.readImageVersion(id)).toEqual({
    id,
    publishedAt: "",
    excluded: false,
    tags: {},
    provisioningState: "Succeeded",
    regions: [{ name: "West Europe", state: "Replicating", progress: 40 }],
  });
  expect(stub.requests[0]?.query.get("$expand")).toBe("ReplicationStatus");
  expect(await stub.azure.readImageVersion(id)).toBeUndefined();
});
