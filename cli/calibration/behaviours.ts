import { judgeEtags, judgeIfMatch, judgeStatus } from "../../shared/decide/permissions/calibration.ts";
import { fieldsOf, textOf } from "../../shared/decide/template/templateBody.ts";
import { type Lab, made, versions } from "./lab.ts";
import { networkOf } from "./sandbox.ts";

const etagOf = (body: unknown) => textOf(fieldsOf(body).etag);

/** What a subnet's PUT makes of an etag that is no longer true, and what a write does to a neighbour's etag. */
export async function askNetwork(lab: Lab) {
  const { arm } = lab;
  const api = versions.network;
  const [a, b] = ["a", "b"].map((name) => `${networkOf(lab)}/subnets/${name}`) as [string, string];
  const before = await arm("GET", a, api);
  const neighbour = etagOf((await arm("GET", b, api)).body);
  const standing = fieldsOf(before.body);
  const withService = (service: string) => ({
    ...standing,
    properties: { ...fieldsOf(standing.properties), serviceEndpoints: [{ service }] },
  });
  await made(lab, a, api, withService("Microsoft.Storage"));
  const moved = etagOf((await arm("GET", b, api)).body);
  const stale = await arm("PUT", a, api, withService("Microsoft.KeyVault"), { "if-match": etagOf(before.body) });
  return [judgeIfMatch(stale.status), judgeEtags(neighbour, moved)];
}

/** What happens to an assignment's name that is used for another principal. */
export async function askAssignments(lab: Lab, assignmentId: string, principalId: string) {
  const standing = await lab.arm("GET", assignmentId, versions.authorization);
  const { roleDefinitionId } = fieldsOf(fieldsOf(standing.body).properties);
  const properties = { roleDefinitionId, principalId, principalType: "ServicePrincipal" };
  const other = await lab.arm("PUT", assignmentId, versions.authorization, { properties });
  return [judgeStatus("assignmentUpdateStatus", other.status, "Another principal under the same name")];
}
