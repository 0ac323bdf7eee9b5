import { type Estate, galleryRights, imageRights, startEstate } from "../support/builderEstate.ts";

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
  estate.grant([...galleryRights, ...imageRights], estate.group);
});
afterAll(() => estate?.stop());

const states = async (name: string) => {
  const { body } = await estate.arm("GET", estate.templateId(name));
  return body.properties;
};

test("A template that was accepted is built, step by step, and its image version can be read", async () => {
  const submitted = await estate.submitted("happy");
  expect(submitted.body.properties.provisioningState).toBe("Succeeded");
  expect(submitted.body.properties).not.toHaveProperty("lastRunStatus");

  const accepted = await estate.arm("POST", `${estate.templateId("happy")}/run`);
  expect(accepted.status).toBe(202);
  expect(accepted.body).toBeUndefined();
  expect(accepted.headers["content-length"]).toBe("0");
  expect(accepted.headers["azure-asyncoperation"]).toBe(accepted.headers.location);
  expect(String(accepted.headers.location)).toContain(
    `/locations/westeurope/operations/${accepted.headers["x-ms-request-id"]}?`,
  );
  expect(accepted.headers).not.toHaveProperty("retry-after");

  const seen: string[] = [];
  await estate.bench.clock.until(async () => {
    const { lastRunStatus } = await states("happy");
    const shown = lastRunStatus.runSubState ?? lastRunStatus.runState;
    if (seen.at(-1) !== shown) seen.push(shown);
    if (lastRunStatus.runState === "Running") expect(lastRunStatus.endTime).toBe("0001-01-01T00:00:00Z");
    return lastRunStatus.runState !== "Running";
  });
  expect(seen).toEqual(["Queued", "Building", "Customizing", "Distributing", "Succeeded"]);

  const done = await states("happy");
  expect(Object.keys(done.lastRunStatus)).toEqual(["startTime", "endTime", "runState", "message"]);
  const ended = Date.parse(done.lastRunStatus.endTime);
  expect((ended - Date.parse(done.lastRunStatus.startTime)) / 1000).toBeGreaterThan(899);
  const operation = await estate.settled(accepted);
  expect(operation.body.status).toBe("Succeeded");
  expect(Date.parse(operation.body.endTime) - ended).toBe(65_000);

  const outputs = await estate.arm("GET", `${estate.templateId("happy")}/runOutputs`);
  const artifactId = `${estate.definition}/versions/1.0.1`;
  expect(outputs.body.value[0].properties).toEqual({ artifactId, provisioningState: "Succeeded" });
  const version = await estate.arm("GET", `${artifactId}?$expand=ReplicationStatus`);
  expect(version.body.properties.provisioningState).toBe("Succeeded");
  expect(version.body.properties.replicationStatus.aggregatedState).toBe("Completed");
  expect(done.source.exactVersion).toBe("22.04.202610140");
});
