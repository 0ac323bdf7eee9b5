import { lineage } from "../../../../shared/decide/template/lineage.ts";
import { definitionId, galleryTarget, imageTarget, template, templateId } from "../estate.ts";

const of = (body = template(), id = templateId) => lineage({ id, body });

test("a lineage is the set of images that a template makes, whatever the template is called", () => {
  expect(of()).toBe(definitionId.toLowerCase());
  expect(of(template(), `${templateId}-20260101`)).toBe(of());
  expect(of(template({ distribute: [galleryTarget, imageTarget] }))).toBe(
    of(template({ distribute: [imageTarget, galleryTarget] })),
  );
  expect(of(template({ distribute: [galleryTarget, galleryTarget] }))).toBe(of());
});

test("a fixed version number belongs to the same lineage", () => {
  expect(of(template({ distribute: [{ ...galleryTarget, galleryImageId: `${definitionId}/versions/1.2.3` }] }))).toBe(
    of(),
  );
});

test("a tag decides where there is one, in any casing", () => {
  expect(of(template({}, { tags: { "Goldsmith-Lineage": " web servers " } }))).toBe("web servers");
  expect(of(template({}, { tags: { "goldsmith-lineage": " " } }))).toBe(of());
});

test("a template that only makes VHDs is its own lineage", () => {
  expect(of(template({ distribute: [{ type: "VHD", runOutputName: "v" }] }))).toBe(templateId.toLowerCase());
});
