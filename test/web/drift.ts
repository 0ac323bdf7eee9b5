import type { estateOf } from "../../local/estate.ts";
import type { Owner } from "../../local/owner.ts";

/** As somebody with the portal open would. */
export async function takeAwayOneGrant(
  arm: Owner,
  { identity, subscription }: ReturnType<typeof estateOf>,
): Promise<void> {
  const found = await arm("GET", `${identity}?api-version=2023-01-31`);
  const { principalId } = (found.body as { properties: { principalId: string } }).properties;
  const filter = encodeURIComponent(`principalId eq '${principalId}'`);
  const path = `${subscription}/providers/Microsoft.Authorization/roleAssignments`;
  const listed = await arm("GET", `${path}?api-version=2022-04-01&$filter=${filter}`);
  const grants = (listed.body as { value: { name: string; properties: { scope: string } }[] }).value;
  const grant = grants.find(({ properties }) => !/\/IT_/.test(properties.scope));
  const id = `${grant?.properties.scope}/providers/Microsoft.Authorization/roleAssignments/${grant?.name}`;
  const { status } = await arm("DELETE", `${id}?api-version=2022-04-01`);
  if (status !== 200) throw new Error(`the grant was not taken away: ${status}`);
}
