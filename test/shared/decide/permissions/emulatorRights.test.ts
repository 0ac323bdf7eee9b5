import fc from "fast-check";
import {
  type Requirement as Asked,
  galleryRequirements,
  sourceRequirements,
  targetRequirements,
} from "../../../../local/azure/imagebuilder/requirements.ts";
import type { Json, World } from "../../../../local/azure/world.ts";
import { sameId, within } from "../../../../shared/decide/armId.ts";
import type { Change, Requirement } from "../../../../shared/decide/planning/plan.ts";
import { planBuild } from "../../../../shared/decide/planning/planBuild.ts";
import * as estate from "../estate.ts";

const { facts, policy, subscription, template } = estate;

/** What the emulator asks of the template's identity, under one position of its switch for what is not established. */
function asked(source: Json, distribute: readonly Json[], galleryNeedsImagesRights: boolean): readonly Asked[] {
  const world = { switches: { galleryNeedsImagesRights } } as World;
  return [...sourceRequirements(source), ...distribute.flatMap((target) => targetRequirements(world, target))];
}

const covers = (needs: readonly Requirement[], one: Asked) =>
  needs.some((need) => within(need.scope, one.scope) && need.actions.includes(one.action));

const name = fc.constantFrom("a", "b", "c");
const definition = fc
  .tuple(name, name, name)
  .map(
    ([group, gallery, image]) =>
      `${subscription}/resourceGroups/${group}/providers/Microsoft.Compute/galleries/${gallery}/images/${image}`,
  );
const image = fc
  .tuple(name, name)
  .map(([group, one]) => `${subscription}/resourceGroups/${group}/providers/Microsoft.Compute/images/${one}`);
const source = fc.oneof(
  fc.constant<Json>(estate.marketplace),
  image.map((imageId): Json => ({ type: "ManagedImage", imageId })),
  fc
    .tuple(definition, fc.constantFrom("latest", "1.0.0"))
    .map(([id, version]): Json => ({ type: "SharedImageVersion", imageVersionId: `${id}/versions/${version}` })),
);
const target = fc.oneof(
  definition.map((galleryImageId): Json => ({ type: "SharedImage", galleryImageId, runOutputName: "r" })),
  definition.map((id): Json => ({ type: "SharedImage", galleryImageId: `${id}/versions/1.2.3`, runOutputName: "r" })),
  image.map((imageId): Json => ({ type: "ManagedImage", imageId, location: "westeurope", runOutputName: "r" })),
  fc.constant<Json>({ type: "VHD", runOutputName: "r" }),
);
const targets = fc.array(target, { minLength: 1, maxLength: 4 });

test("the documented rights cover all that the emulator asks, whatever is not established turns out to be", () =>
  fc.assert(
    fc.property(source, targets, fc.boolean(), (from, distribute, needsImages) => {
      const plan = planBuild(facts(template({ source: from, distribute })), policy);
      for (const one of asked(from, distribute, needsImages)) expect(covers(plan.requirements, one)).toBe(true);
    }),
  ));

test("no grant could be left out: without it something that is asked is missing", () =>
  fc.assert(
    fc.property(source, targets, (from, distribute) => {
      const { changes, requirements } = planBuild(facts(template({ source: from, distribute })), policy);
      for (const gone of changes) {
        const left = changes.filter((change) => change !== gone);
        const rest = requirements.filter((need) => left.some((change) => sameGrant(change, need)));
        expect(asked(from, distribute, true).some((one) => !covers(rest, one))).toBe(true);
      }
    }),
  ));

test("the smaller set is what the emulator asks where images need no rights", () =>
  fc.assert(
    fc.property(source, targets, (from, distribute) => {
      const plan = planBuild(facts(template({ source: from, distribute })), { ...policy, requirementSet: "minimal" });
      for (const one of asked(from, distribute, false)) expect(covers(plan.requirements, one)).toBe(true);
    }),
  ));

test("gallery rights asked at submission are planned for submission", () => {
  const galleryTarget: Json = { type: "SharedImage", galleryImageId: estate.definitionId };
  const plan = planBuild(facts(template()), policy);
  const early = plan.requirements.filter((need) => need.neededAt === "submission");
  for (const one of galleryRequirements(galleryTarget)) expect(covers(early, one)).toBe(true);
});

/** Whether a change grants the role and scope of this requirement. */
function sameGrant(change: Change, need: Requirement): boolean {
  return change.kind === "assignRole" && sameId(change.scope, need.scope) && change.roleKey === need.role.key;
}
