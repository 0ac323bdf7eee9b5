import fc from "fast-check";
import { channelTag } from "../../../../shared/decide/gallery/channels.ts";
import type { ImageUse, StoredImage, StoredVersion } from "../../../../shared/decide/gallery/facts.ts";
import { type RetentionRule, retentionPlan, ruleFor } from "../../../../shared/decide/gallery/retention.ts";

const id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/galleries/gold/images/ubuntu";
const now = new Date("2026-06-01T00:00:00Z");
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString();
const version = (name: string, more: Partial<StoredVersion> = {}): StoredVersion => ({
  id: `${id}/versions/${name}`,
  name,
  tags: {},
  provisioningState: "Succeeded",
  excluded: false,
  publishedAt: daysAgo(400),
  blockedUntilEnd: false,
  ...more,
});
const rule: RetentionRule = { scope: "/subscriptions/s", keepLast: 1, keepDays: 30, keepTags: ["keep"] };
const image = (versions: readonly StoredVersion[], tags = {}): StoredImage => ({ id, tags, versions });
const nobody = { uses: [], unread: [] };
const newest = version("9.0.0");
const use = (versionId?: string): ImageUse => ({
  id: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web-1",
  definitionId: id.toUpperCase(),
  ...(versionId ? { versionId } : {}),
});
/** Why 1.0.0 stays beside a newer version; nothing where it goes. */
const why = (
  more: Partial<StoredVersion>,
  tags = {},
  uses: readonly ImageUse[] = [],
  rules: Partial<RetentionRule> = {},
) =>
  retentionPlan(image([version("1.0.0", more), newest], tags), { ...rule, ...rules }, { uses, unread: [] }, now)
    .keep.find(({ versionId }) => versionId.endsWith("/1.0.0"))
    ?.because.join("; ");

test("what is old, and protected by nothing, goes", () => {
  expect(retentionPlan(image([version("1.0.0"), newest]), rule, nobody, now)).toMatchObject({
    remove: [`${id}/versions/1.0.0`],
    keep: [{ versionId: newest.id, because: ["one of the newest 1", "what latest means"] }],
    blockers: [],
  });
});

test.each<[string, string | undefined]>([
  [why({ publishedAt: daysAgo(29) }) ?? "", "younger than 30 days"],
  [why({ publishedAt: "no date" }) ?? "", "its age is not known"],
  [why({ tags: { KEEP: "" } }) ?? "", "tagged KEEP"],
  [why({ tags: { goldsmithApproval: "pending b1" } }) ?? "", "an approver decides about it"],
  [why({}, { [channelTag("production")]: "1.0.0" }) ?? "", "in channel production"],
  [why({}, {}, [use(`${id}/Versions/1.0.0`)]) ?? "", "in use by web-1"],
  [why({}, {}, [use()]) ?? "", "in use by web-1, which may run any version"],
  [why({ provisioningState: "Updating" }) ?? "", "it is Updating"],
  [
    why({ blockedUntilEnd: true, endOfLife: "2026-06-02T00:00:00Z" }) ?? "",
    "its safety profile forbids deletion before its end of life",
  ],
  [why({ blockedUntilEnd: true }) ?? "", "its safety profile forbids deletion before its end of life"],
  [why({}, {}, [], { keepLast: 2 }) ?? "", "one of the newest 2"],
])("%s", (said, wanted) => {
  expect(said).toContain(wanted);
});

test.each([
  ["a block that has ended", why({ blockedUntilEnd: true, endOfLife: "2026-05-31T00:00:00Z" })],
  ["a channel that means another version", why({}, { [channelTag("production")]: "9.0.0" })],
  ["a machine that runs another version", why({}, {}, [use(newest.id)])],
  ["a machine of another image", why({}, {}, [{ id: "vm", definitionId: `${id}-other` }])],
])("%s protects nothing", (_, said) => {
  expect(said).toBeUndefined();
});

test("a version built today for an old line is among the newest, whatever its number", () => {
  const versions = [version("1.0.7", { publishedAt: daysAgo(100) }), version("2.0.0", { publishedAt: daysAgo(200) })];
  expect(retentionPlan(image(versions), { ...rule, keepDays: 0 }, nobody, now).remove).toEqual([]);
});

test("latest is what is not excluded, and stays although newer versions are", () => {
  const versions = [
    version("1.0.0"),
    version("2.0.0", { excluded: true }),
    version("3.0.0", { excluded: true, publishedAt: daysAgo(300) }),
  ];
  const { keep, remove } = retentionPlan(image(versions), rule, nobody, now);
  expect([keep.length, remove]).toEqual([2, [`${id}/versions/2.0.0`]]);
});

test("who could not be asked might use anything: nothing goes, and the plan says so", () => {
  const plan = retentionPlan(
    image([version("1.0.0"), newest]),
    rule,
    { uses: [], unread: ["/subscriptions/other (virtualMachines)"] },
    now,
  );
  expect(plan).toMatchObject({ remove: [], blockers: [expect.stringContaining("/subscriptions/other")] });
  expect(plan.keep).toHaveLength(2);
});

test("the hash is of what is removed: of nothing else, and of all of it", () => {
  const hash = (...versions: readonly StoredVersion[]) => retentionPlan(image(versions), rule, nobody, now).hash;
  expect(hash(version("1.0.0"), newest)).toBe(hash(newest, version("1.0.0"), version("8.0.0", { tags: { keep: "" } })));
  expect(hash(version("1.0.0"), newest)).not.toBe(hash(version("1.0.0"), version("1.0.1"), newest));
});

test("the narrowest rule holds, and without one there is none", () => {
  const rules = ["/subscriptions/s", "/subscriptions/s/resourceGroups/rg", "/subscriptions/t"].map((scope) => ({
    ...rule,
    scope,
  }));
  expect(ruleFor(rules, id)?.scope).toBe("/subscriptions/s/resourceGroups/rg");
  expect(ruleFor(rules.slice(2), id)).toBeUndefined();
});

const versions = fc.uniqueArray(
  fc.record({
    name: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map((parts) => parts.join(".")),
    publishedAt: fc.option(fc.nat(800).map(daysAgo), { nil: "no date" }),
    tags: fc.constantFrom({}, { keep: "" }, { other: "x" }, { goldsmithApproval: "pending b1" }),
    provisioningState: fc.constantFrom("Succeeded", "Succeeded", "Failed", "Updating", "Deleting", ""),
    excluded: fc.boolean(),
    blockedUntilEnd: fc.boolean(),
    endOfLife: fc.option(fc.integer({ min: -400, max: 400 }).map(daysAgo), { nil: "" }),
  }),
  { selector: ({ name }) => name, maxLength: 25 },
);

test("over generated galleries nothing goes that any rule protects", () => {
  fc.assert(
    fc.property(
      versions,
      fc.integer({ min: 1, max: 6 }),
      fc.nat(500),
      fc.array(fc.nat(24), { maxLength: 4 }),
      fc.boolean(),
      fc.boolean(),
      (generated, keepLast, keepDays, used, vague, unread) => {
        const stored = generated.map(({ name, ...more }) => version(name, more));
        const inUse = used.flatMap((place) => stored[place]?.id ?? []);
        const channel = stored[0]?.name ?? "none";
        const uses = [...inUse.map((one) => use(one)), ...(vague ? [use()] : [])];
        const plan = retentionPlan(
          image(stored, { [channelTag("production")]: channel }),
          { ...rule, keepLast, keepDays },
          { uses, unread: unread ? ["/subscriptions/x"] : [] },
          now,
        );
        const gone = stored.filter((one) => plan.remove.includes(one.id));
        if (unread || vague) expect(gone).toEqual([]);
        for (const one of gone) {
          expect(one.name).not.toBe(channel);
          expect(inUse).not.toContain(one.id);
          expect(Object.keys(one.tags)).not.toContain("keep");
          expect(Object.keys(one.tags)).not.toContain("goldsmithApproval");
          expect(["Succeeded", "Failed"]).toContain(one.provisioningState);
          expect(Date.parse(one.publishedAt ?? "")).toBeLessThanOrEqual(now.getTime() - keepDays * 86_400_000);
          if (one.blockedUntilEnd) expect(Date.parse(one.endOfLife ?? "")).toBeLessThanOrEqual(now.getTime());
        }
        const left = stored.filter((one) => !gone.includes(one));
        expect(left.length).toBeGreaterThanOrEqual(Math.min(keepLast, stored.length));
        expect(plan.keep.length + plan.remove.length).toBe(stored.length);
        for (const { because } of plan.keep) expect(because.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 500 },
  );
});
