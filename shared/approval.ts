/** What became of something that waits for somebody's say: the first of these that is written down stands. */
export interface Decision {
  readonly kind: "approved" | "rejected" | "expired" | "cancelled";
  /** Who said so; nobody where time did. */
  readonly who?: string;
  readonly reason?: string;
  /** ISO. */
  readonly at: string;
}

/** Somebody else's say over what a build published: until it is given, `latest` does not mean it. */
export interface Approval {
  /** ISO; when the build was ready for it, and until when it waits. Absent until then. */
  readonly askedAt?: string;
  readonly decideBy?: string;
  /** What is approved: ids and hashes of the versions as they were when it was asked for. */
  readonly versions?: readonly { readonly id: string; readonly hash: string }[];
  readonly decision?: Decision;
}
