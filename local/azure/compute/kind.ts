import type { Call, JsonObject, Resource, World } from "../world.ts";

/** What a PUT makes of its body: what to store, and how the write ends where it does not end well. */
export interface Accepted {
  readonly properties: JsonObject;
  readonly hidden?: JsonObject;
  readonly failure?: { readonly code: string; readonly message: string };
  /** Members beside `properties` that the resource keeps (zones, identity, plan, sku). */
  readonly envelope?: JsonObject;
  /** Where this write takes another time than its kind's others. */
  readonly seconds?: readonly [number, number];
}

/** One resource type of Microsoft.Compute: what is special about it. Everything else is alike (`resourceOperations`). */
export interface Kind {
  /** Group name in Microsoft's OpenAPI documents, e.g. `GalleryImages`. */
  readonly group: string;
  readonly type: string;
  readonly path: string;
  readonly lists: readonly { readonly name: string; readonly path: string }[];
  readonly apiVersions: readonly string[];
  readonly hasParent: boolean;
  readonly seconds: (world: World) => readonly [number, number];
  /** Throws what the provider refuses at once. */
  readonly accept: (world: World, call: Call, body: JsonObject, before: Resource | undefined) => Accepted;
  readonly present?: (world: World, resource: Resource, call: Call) => JsonObject;
  readonly guardDelete?: (world: World, resource: Resource, call: Call) => void;
  /** What a write brings about besides the resource itself, at once. */
  readonly began?: (world: World, resource: Resource) => void;
  /** What goes with a resource that was deleted. */
  readonly gone?: (world: World, resource: Resource) => void;
}
