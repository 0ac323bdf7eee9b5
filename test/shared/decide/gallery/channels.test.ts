import { channelsOf, channelTag, planMove, revokedTag } from "../../../../shared/decide/gallery/channels.ts";
import type { StoredImage, StoredVersion } from "../../../../shared/decide/gallery/facts.ts";

const id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/galleries/gold/images/ubuntu";
const version = (name: string, more: Partial<StoredVersion> = {}): StoredVersion => ({
  id: `${id}/versions/${name}`,
  name,
  tags: {},
  provisioningState: "Succeeded",
  excluded: false,
  blockedUntilEnd: false,
  ...more,
});
const image = (...versions: readonly StoredVersion[]): StoredImage => ({
  id,
  tags: { owner: "platform", [channelTag("production")]: "1.0.1" },
  versions,
});
const nobody = { uses: [], unread: [] };
const promote = (to: string, stored: StoredImage) =>
  planMove(stored, { kind: "promote", channel: "production", version: to }, nobody);

test("channels are the tags that say so, in any casing", () => {
  expect(channelsOf({ owner: "x", "Goldsmith-Channel-Canary": "2.0.0" })).toEqual({ canary: "2.0.0" });
});

test("promoting says what the channel meant before, and excludes nothing", () => {
  expect(promote("1.0.2", image(version("1.0.2"), version("1.0.1")))).toEqual({
    from: "1.0.1",
    exclude: [],
    machines: [],
  });
});

test.each([
  ["a version that is not there", version("1.0.0"), "VersionNotFound"],
  ["one that is being made", version("1.0.2", { provisioningState: "Creating" }), "VersionNotReady"],
  ["one that was revoked", version("1.0.2", { tags: { [revokedTag]: "CVE-2026-1" } }), "VersionRevoked"],
  [
    "one that waits for an approver",
    version("1.0.2", { tags: { goldsmithApproval: "pending b1" } }),
    "VersionNotApproved",
  ],
  ["one that was rejected", version("1.0.2", { tags: { goldsmithApproval: "rejected b1 now" } }), "VersionNotApproved"],
])("%s is not promoted, and it says what to do", (_, only, code) => {
  expect(promote("1.0.2", image(only))).toMatchObject({
    code,
    status: 422,
    fix: [expect.any(String), ...Array(/NotReady|NotApproved/.test(code) ? 1 : 0).fill(expect.any(String))],
  });
});

test("rolling back excludes what is newer by number and not excluded yet, and names who runs it", () => {
  const stored = image(version("1.0.10"), version("1.0.9", { excluded: true }), version("1.0.2"), version("1.0.1"));
  const machine = (name: string, at: string) => ({ id: name, definitionId: id, versionId: `${id}/versions/${at}` });
  const uses = [
    machine("web", "1.0.10"),
    machine("old", "1.0.1"),
    machine("mid", "1.0.9"),
    { id: "any", definitionId: id },
  ];
  expect(planMove(stored, { kind: "rollBack", channel: "Production", version: "1.0.2" }, { uses, unread: [] })).toEqual(
    {
      from: "1.0.1",
      exclude: [`${id}/versions/1.0.10`],
      machines: ["web", "mid"],
    },
  );
});
