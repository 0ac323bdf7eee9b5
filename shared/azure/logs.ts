import { fieldsOf, itemsOf, textOf } from "../decide/template/templateBody.ts";
import type { Connection } from "./connection.ts";
import { idOf } from "./json.ts";
import { listAll, orMissing, plain } from "./rest.ts";

/** api-version of container instances. */
const containerApi = "2023-05-01";
/** The group that runs Packer is named like this (image-builder.md §6.3). */
const buildContainer = /\/vmimagebuilder-build-container-[^/]*$/i;

/** What the build in this staging group has logged so far, as its container tells; undefined while no such container stands. */
export async function readBuildLog(arm: Connection, stagingGroupId: string): Promise<string | undefined> {
  const path = `${plain(stagingGroupId)}/providers/Microsoft.ContainerInstance/containerGroups`;
  const groups = (await orMissing(listAll(arm, path, containerApi))) ?? [];
  const group = groups.find((one) => buildContainer.test(idOf(one))) ?? groups[0];
  const [container] = itemsOf(fieldsOf(fieldsOf(group).properties).containers);
  const name = textOf(fieldsOf(container).name);
  if (!group || !name) return undefined;
  const logs = { method: "GET", path: `${idOf(group)}/containers/${name}/logs`, apiVersion: containerApi } as const;
  const answer = await orMissing(arm.send(logs));
  return answer && textOf(fieldsOf(answer.body).content);
}
