import type { World } from "../world.ts";

export const topicType = "Microsoft.EventGrid/topics";

/** Where events are sent to a custom topic: a path of the emulator's own, as Azure gives each topic a host of its own. */
export function topicEndpoint(world: Pick<World, "endpoint">, name: string): string {
  return `${world.endpoint}/eventgrid/${name.toLowerCase()}/api/events`;
}
