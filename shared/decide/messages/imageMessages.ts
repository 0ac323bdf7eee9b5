import type { ChannelMove } from "../../curation.ts";
import { lastSegment } from "../armId.ts";
import { definitionOf } from "../template/templateBody.ts";
import type { Message } from "./message.ts";

/** The message for a channel that means another version now. */
export function movedMessage(move: ChannelMove): Message {
  const { id, definitionId, channel, to, from, kind, reason, machines = [] } = move;
  const image = lastSegment(definitionId);
  const back = kind === "rollBack";
  return {
    id: `${id}-moved`,
    type: "io.goldsmith.channel.moved.v1",
    source: "/goldsmith/channels",
    subject: definitionId,
    time: move.endedAt ?? move.at,
    data: { moveId: id, definitionId, channel, kind, to, reason, ...(from === undefined ? {} : { from }), machines },
    severity: back ? "warning" : "info",
    thread: id,
    lineage: definitionId.toLowerCase(),
    title: `Channel ${channel} of ${image} ${back ? "is rolled back to" : "means"} ${to}`,
    next: machines.length > 0 ? [`Redeploy the ${machines.length} machines that run what was rolled back`] : [],
    facts: [
      { name: "Reason", value: reason },
      ...(from === undefined ? [] : [{ name: "Before", value: from }]),
      ...machines.slice(0, 10).map((machine) => ({ name: "Runs it", value: machine })),
      { name: "Image", value: definitionId },
    ],
  };
}

/** What is told of a version that was taken out of use. */
export interface Revocation {
  readonly versionId: string;
  readonly reason: string;
  /** ISO. */
  readonly at: string;
  readonly machines: readonly string[];
  /** Channels that still mean it. */
  readonly channels: readonly string[];
}

/** The message for a version that was revoked. */
export function revokedMessage({ versionId, reason, at, machines, channels }: Revocation): Message {
  const definitionId = definitionOf(versionId);
  const name = `${lastSegment(definitionId)} ${lastSegment(versionId)}`;
  const key = `${lastSegment(definitionId)}-${lastSegment(versionId)}`.toLowerCase().replace(/[^a-z0-9.-]/g, "-");
  return {
    id: `revoked-${key}-${at.replace(/\D/g, "").slice(0, 14)}`,
    type: "io.goldsmith.image.revoked.v1",
    source: "/goldsmith/images",
    subject: definitionId,
    time: at,
    data: { versionId, reason, machines, channels },
    severity: "error",
    thread: `revoked-${key}`,
    lineage: definitionId.toLowerCase(),
    title: `${name} is revoked: use it no more`,
    next: [
      "Make no new machines from it",
      ...(machines.length > 0 ? [`Replace the ${machines.length} machines that run it`] : []),
      ...channels.map((channel) => `Move channel ${channel} to another version: it still means this one`),
    ],
    facts: [
      { name: "Reason", value: reason },
      { name: "Version", value: versionId },
      ...machines.slice(0, 10).map((machine) => ({ name: "Runs it", value: machine })),
    ],
  };
}
