import type { Deps } from "../../functions/activities/deps.ts";
import { effectOf, readShare, shareEntry, shareId } from "../../functions/sharing.ts";
import type { ShareRecord } from "../../shared/sharing.ts";
import type { LedgerEntry } from "../../shared/store/store.ts";
import * as estate from "../shared/decide/estate.ts";

const user = "33333333-3333-4333-8333-333333333333";
const asked = { imageId: estate.definitionId, with: { principalId: user, principalType: "User" } } as const;
const id = shareId(effectOf(asked));
const refused = { code: "No", title: "no" };

/** How a share reads, by what was written down, what the ledger says, and whom the fence names by now. */
async function stateOf(
  record: Partial<ShareRecord>,
  entry: LedgerEntry["state"] | undefined,
  shareWith: readonly string[] = [user],
): Promise<readonly [state: string | undefined, code: string | undefined]> {
  const written = { id, ...asked, origin: { kind: "http" }, at: "", ended: true, ...record };
  const fence = { ...estate.policy.fence, shareWith };
  const deps = {
    settings: { policy: { ...estate.policy, fence } },
    store: {
      documents: { get: async (name: string) => (name === `shares/${id}.json` ? written : undefined) },
      ledger: { get: async (key: string) => (entry && key === shareEntry(id) ? { state: entry } : undefined) },
    },
  } as unknown as Deps;
  const found = await readShare(deps, id);
  return [found?.state, found?.problem?.code];
}

test.each<[Parameters<typeof stateOf>, Awaited<ReturnType<typeof stateOf>>]>([
  [
    [{ ended: false }, undefined],
    ["sharing", undefined],
  ],
  [
    [{}, "made"],
    ["shared", undefined],
  ],
  [
    [{}, "stood"],
    ["stood", undefined],
  ],
  [
    [{}, "undone"],
    ["removed", undefined],
  ],
  [
    [{ problem: refused }, undefined],
    ["refused", "No"],
  ],
  [
    [{ problem: refused }, "undone"],
    ["refused", "No"],
  ],
  // It was refused the second time: what was shared the first time still is.
  [
    [{ problem: refused }, "made"],
    ["shared", "No"],
  ],
  // The operator took him off the list since.
  [
    [{}, "made", []],
    ["shared", "OutsideFence"],
  ],
  [
    [{}, "undone", []],
    ["removed", undefined],
  ],
])("of %j it reads %j", async (given, wanted) => {
  expect(await stateOf(...given)).toEqual(wanted);
});
