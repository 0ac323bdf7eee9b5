import { AzureError } from "./world.ts";

/** What Azure does and the emulator does not: 501, with a hint. */
export class NotEmulated extends AzureError {
  constructor(message: string) {
    super(501, "NotEmulated", `${message} docs/emulator.md lists what it has.`);
  }
}
