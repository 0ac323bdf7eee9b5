import { simpleOperations } from "../../simpleResources.ts";

/** Scale sets are things that use an image: kept as they were sent, without machines of their own. */
export const scaleSetOperations = simpleOperations("Microsoft.Compute/virtualMachineScaleSets", [
  "2023-03-01",
  "2024-03-01",
  "2024-07-01",
]);
