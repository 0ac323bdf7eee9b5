import {
  definitionProperties,
  type Estate,
  galleryRights,
  imageRights,
  startEstate,
} from "../support/builderEstate.ts";

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterAll(() => estate?.stop());

const notAuthorized = (resource: string) =>
  `Not authorized to access the resource: ${resource}. Please check the user assigned identity has the correct permissions. For more details, go to https://aka.ms/azvmimagebuilderts.`;

describe("A template whose identity has no rights", () => {
  test("fails once the service has looked at the gallery with it, cannot be overwritten, and can be made anew once the rights stand", async () => {
    const accepted = await estate.arm("PUT", estate.templateId("denied"), estate.template());
    expect(accepted.status).toBe(201);
    expect(accepted.headers).toHaveProperty("azure-asyncoperation");
    expect(accepted.headers).not.toHaveProperty("location");
    expect(accepted.body.properties).toMatchObject({
      provisioningState: "Creating",
      exactStagingResourceGroup: "",
      stagingResourceGroup: "",
    });
    expect(accepted.body.properties.distribute[0].artifactTags).toEqual({});
    expect(accepted.body.id).toContain("/resourcegroups/images/");

    const operation = await estate.settled(accepted);
    const gallery = estate.definition.replace(/\/images\/ubuntu$/, "");
    expect(operation.body).toMatchObject({
      status: "Failed",
      error: { code: "Unauthorized", message: notAuthorized(gallery) },
    });
    const { body } = await estate.arm("GET", estate.templateId("denied"));
    expect(body.properties).toMatchObject({
      provisioningState: "Failed",
      provisioningError: { provisioningErrorCode: "BadSharedImageDistribute", message: notAuthorized(gallery) },
    });

    const again = await estate.arm("PUT", estate.templateId("denied"), estate.template());
    expect(again.status).toBe(409);
    expect(again.body.error.code).toBe("Conflict");
    expect(again.body.error.message).toMatch(/^Update\/Upgrade of image templates is currently not supported\./);
    const run = await estate.arm("POST", `${estate.templateId("denied")}/run`);
    expect(run.status).toBe(409);
    expect(run.body.error).toMatchObject({
      code: "OperationNotAllowed",
      message: expect.stringContaining("imageTemplates/run is not allowed in provisioning state: failed or run state"),
    });

    const removed = await estate.arm("DELETE", estate.templateId("denied"));
    expect(removed.status).toBe(202);
    expect((await estate.settled(removed)).status).toBe(200);
    expect((await estate.arm("GET", estate.templateId("denied"))).status).toBe(404);
    expect((await estate.arm("DELETE", estate.templateId("denied"))).status).toBe(204);

    estate.grant(galleryRights, estate.definition);
    expect((await estate.submitted("denied")).body.properties.provisioningError.message).toBe(notAuthorized(gallery));
    await estate.settled(await estate.arm("DELETE", estate.templateId("denied")));
    estate.grant(galleryRights, gallery);
    expect((await estate.submitted("denied")).body.properties.provisioningState).toBe("Succeeded");
  });

  test("fails for a managed image, and for a script in storage, that it may not read", async () => {
    estate.grant(galleryRights, estate.definition.replace(/\/images\/ubuntu$/, ""));

    const image = `${estate.group}/providers/Microsoft.Compute/images/base`;
    await estate.made(image, {
      location: "westeurope",
      properties: { hyperVGeneration: "V2", storageProfile: { osDisk: { osType: "Linux", osState: "Generalized" } } },
    });
    const fromImage = await estate.submitted("image", { source: { type: "ManagedImage", imageId: image } });
    expect(fromImage.body.properties.provisioningError).toEqual({
      provisioningErrorCode: "BadManagedImageSource",
      message: notAuthorized(image),
    });
    estate.grant(["Microsoft.Compute/images/read"], image);
    expect(
      (await estate.submitted("image2", { source: { type: "ManagedImage", imageId: image } })).body.properties
        .provisioningState,
    ).toBe("Succeeded");

    const account = `${estate.group}/providers/Microsoft.Storage/storageAccounts/goldscripts`;
    await estate.made(account, { location: "westeurope", kind: "StorageV2", sku: { name: "Standard_LRS" } });
    const scriptUri = "https://goldscripts.blob.core.windows.net/scripts/install.sh";
    const customize = [{ type: "Shell", scriptUri }];
    expect((await estate.submitted("script", { customize })).body.properties.provisioningError.message).toBe(
      notAuthorized(scriptUri),
    );
    const signed = [{ type: "Shell", scriptUri: `${scriptUri}?sig=abc` }];
    expect((await estate.submitted("signed", { customize: signed })).body.properties.provisioningState).toBe(
      "Succeeded",
    );
    const dataActions = ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"];
    estate.grant([], `${account}/blobServices/default/containers/scripts`, { dataActions });
    expect((await estate.submitted("script2", { customize })).body.properties.provisioningState).toBe("Succeeded");
  });
});

describe("What the service finds wrong after it accepted a template", () => {
  beforeAll(() => estate.grant([...galleryRights, ...imageRights], estate.group));

  const refused = async (name: string, changes: object) =>
    (await estate.submitted(name, changes)).body.properties.provisioningError;

  test("a generation that differs between source and definition", async () => {
    const gen1 = estate.definition.replace("ubuntu", "gen1");
    await estate.made(gen1, { location: "westeurope", properties: definitionProperties("gen1", "V1") });
    const distribute = [{ type: "SharedImage", galleryImageId: gen1, runOutputName: "o" }];
    expect(await refused("generations", { distribute })).toEqual({
      provisioningErrorCode: "BadSharedImageDistribute",
      message: `Validation failed: Error with Hyper-V Version validation (cross-generation for multiple Hyper-V Versions is not supported). The provided SIG: ${gen1}, has a different Hyper-V Generation: V1, than source image: V2.`,
    });
  });

  test("a definition, a marketplace image or a version that is not there", async () => {
    const missing = estate.definition.replace("ubuntu", "nowhere");
    const distribute = [{ type: "SharedImage", galleryImageId: missing, runOutputName: "o" }];
    expect((await refused("nodef", { distribute })).message).toContain("was not found");
    const source = { type: "PlatformImage", publisher: "Canonical", offer: "x", sku: "y", version: "latest" };
    expect((await refused("nopir", { source })).provisioningErrorCode).toBe("BadPIRSource");
    const imageVersionId = `${estate.definition}/versions/9.9.9`;
    const version = await refused("noversion", { source: { type: "SharedImageVersion", imageVersionId } });
    expect(version.provisioningErrorCode).toBe("BadSharedImageVersionSource");
    expect(version.message).toContain(`Build (Shared Image Version) step failed for Image Version '${imageVersionId}'`);
  });

  test("a script at a host that cannot be reached", async () => {
    const customize = [{ type: "File", sourceUri: "https://files.example.invalid/a.txt", destination: "/tmp/a.txt" }];
    expect((await refused("unreachable", { customize })).message).toMatch(
      /^Downloading external file \(https:\/\/files\.example\.invalid\/a\.txt\)/,
    );
  });

  test("an own staging group in which the identity is not Contributor, that lies elsewhere, or is not empty", async () => {
    const own = `${estate.bench.subscription}/resourceGroups/own-staging`;
    await estate.made(own, { location: "westeurope" });
    expect(await refused("own1", { stagingResourceGroup: own })).toEqual({
      provisioningErrorCode: "BadStagingResourceGroup",
      message: notAuthorized(own),
    });
    estate.grant(["*"], own);
    const used = await estate.submitted("own2", { stagingResourceGroup: own });
    expect(used.body.properties).toMatchObject({
      provisioningState: "Succeeded",
      stagingResourceGroup: own,
      exactStagingResourceGroup: own,
    });
    expect((await refused("own3", { stagingResourceGroup: own })).message).toContain("must be empty");
    const far = `${estate.bench.subscription}/resourceGroups/far-staging`;
    await estate.made(far, { location: "eastus" });
    estate.grant(["*"], far);
    expect((await refused("own4", { stagingResourceGroup: far })).message).toContain("must be in the same region");
    expect((await estate.settled(await estate.arm("DELETE", estate.templateId("own2")))).status).toBe(200);
    expect((await estate.arm("GET", own)).status).toBe(200);
    const left = await estate.arm("GET", `${own}/resources`);
    expect(left.body.value).toEqual([]);
  });
});

describe("The staging group that the service makes", () => {
  test("has a name of 80 characters at most that ends in a GUID, its tags, a storage account, and the identity as Contributor", async () => {
    const name = "a-template-with-quite-a-long-name-for-what-it-is";
    const { body } = await estate.submitted(name, { managedResourceTags: { team: "images" } });
    const id: string = body.properties.exactStagingResourceGroup;
    const groupName = id.split("/").at(-1) ?? "";
    expect(groupName).toMatch(/^IT_images_a-template-with-quite-a-long-name_[0-9a-f-]{36}$/);
    expect(groupName.length).toBeLessThanOrEqual(80);
    const group = await estate.arm("GET", id);
    expect(group.body.tags).toMatchObject({
      createdBy: "AzureVMImageBuilder",
      imageTemplateName: name,
      imageTemplateResourceGroupName: "images",
      team: "images",
    });
    const { rights } = estate.bench.azure.world;
    expect(rights.decide(estate.principalId, "Microsoft.Storage/storageAccounts/write", id).kind).toBe("allowed");
    const resources = await estate.arm("GET", `${id}/resources`);
    expect(resources.body.value.map((one: { type: string }) => one.type)).toEqual([
      "Microsoft.Storage/storageAccounts",
    ]);
    await estate.settled(await estate.arm("DELETE", estate.templateId(name)));
    expect((await estate.arm("GET", id)).status).toBe(404);
  });
});
