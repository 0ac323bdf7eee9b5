import { type Offer, offerImage } from "../../../../shared/decide/gallery/offer.ts";

const id =
  "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/images/providers/Microsoft.Compute/galleries/gold/images/ubuntu";
const offer = (more: Partial<Offer> = {}): Offer => ({
  id,
  osType: "Linux",
  osState: "Generalized",
  architecture: "x64",
  region: "westeurope",
  ...more,
});

test("a definition is used by its id, a version by its own", () => {
  expect(offerImage(offer(), {})).toMatchObject({
    imageId: id,
    cli: expect.stringContaining(`--image '${id}'`),
    powershell: expect.stringContaining(`Set-AzVMSourceImage -VM $vm -Id '${id}'`),
    rest: expect.stringContaining(`"id": "${id}"`),
  });
  const version = `${id}/versions/1.2.3`;
  expect(offerImage(offer({ id: version }), {}).imageId).toBe(version);
});

test("what is shared directly is used by its shared id: latest, or the version", () => {
  const sharedAs = "11111111-2222-3333-4444-555555555555-GOLD";
  expect(offerImage(offer(), { sharedAs }).imageId).toBe(`/sharedGalleries/${sharedAs}/images/ubuntu/versions/latest`);
  const one = offerImage(offer({ id: `${id}/versions/1.2.3` }), { sharedAs });
  expect(one.imageId).toBe(`/sharedGalleries/${sharedAs}/images/ubuntu/versions/1.2.3`);
  expect(one.rest).toContain(`"sharedGalleryImageId": "${one.imageId}"`);
});

test.each<[Partial<Offer>, RegExp]>([
  [{ architecture: "Arm64" }, /--size 'Standard_D2ps_v5'/],
  [{ securityType: "ConfidentialVM" }, /--size 'Standard_DC2as_v5'[\s\S]*--security-type ConfidentialVM/],
  [{ securityType: "TrustedLaunchSupported" }, /--security-type TrustedLaunch/],
  [{ osState: "Specialized" }, /--specialized/],
  [{ osType: "Windows" }, /asks for the administrator's password/],
])("the command fits the image: %j", (more, wanted) => {
  expect(offerImage(offer(more), {}).cli).toMatch(wanted);
});

test("whoever is at home in another tenant signs in to both", () => {
  const tenants = { image: "a", machine: "b" };
  const { cli, rest } = offerImage(offer(), { tenants });
  expect(cli).toContain("az login --tenant 'a'\naz login --tenant 'b'");
  expect(rest).toContain("x-ms-authorization-auxiliary");
});
