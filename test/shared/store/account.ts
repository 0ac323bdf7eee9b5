import { randomBytes } from "node:crypto";
import { type Storage, startStorage } from "../../../local/storage.ts";
import type { Build } from "../../../shared/build.ts";
import { connectStore } from "../../../shared/store/index.ts";
import type { Store } from "../../../shared/store/store.ts";

/** One Azurite in memory for a test file; the returned function gives a store on it, with its tables at `tableEndpoint` if given. */
export function storeOfFile(): (tableEndpoint?: (real: string) => string) => Store {
  let storage: Storage;
  beforeAll(async () => {
    const account = { name: "tests", key: randomBytes(32).toString("base64") };
    storage = await startStorage({ ports: { blob: 0, queue: 0, table: 0 }, accounts: [account] });
  });
  afterAll(() => storage.stop());
  return (elsewhere = (real) => real) => {
    const real = storage.tableEndpoint;
    const connectionString = storage.connectionString().replace(real, elsewhere(real));
    return connectStore({ kind: "connectionString", connectionString });
  };
}

/** A template id with everything that a table key may not hold. */
export const oddId =
  "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg#(1)?/providers/Microsoft.VirtualMachineImages/imageTemplates/naïve\\ 100%_\u0007'x";

export const templateId = (name: string) =>
  `/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/images/providers/Microsoft.VirtualMachineImages/imageTemplates/${name}`;

/** A queued build, made at minute `minute` of 2026. */
export function aBuild(id: string, minute: number, more: Partial<Build> = {}): Build {
  const at = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  return {
    id,
    templateId: templateId("ubuntu"),
    lineage: "ubuntu",
    state: "queued",
    origin: { kind: "http" },
    createdAt: at,
    updatedAt: at,
    contentHash: "sha256:1",
    ...more,
  };
}
