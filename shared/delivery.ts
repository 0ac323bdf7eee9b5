/** Where a message to a target stands: `disabled` is one that was not sent, because the target wants nothing more. */
export const deliveryStates = ["pending", "delivered", "failed", "disabled"] as const;

export type DeliveryState = (typeof deliveryStates)[number];

/** How one message to one target fared. */
export interface Delivery {
  readonly id: string;
  /** What it tells of: a build, an audit, a schedule. */
  readonly buildId: string;
  readonly target: string;
  readonly event: string;
  readonly state: DeliveryState;
  /** ISO; when what it tells of happened. */
  readonly at: string;
  readonly attempts: number;
  readonly updatedAt: string;
  readonly detail?: string;
}
