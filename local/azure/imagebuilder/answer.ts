import {
  type Answer,
  AzureError,
  type Call,
  type JsonObject,
  type Operation,
  type Resource,
  type World,
} from "../world.ts";
import { presentTemplate } from "./present.ts";

/** A template in the version of the API that the caller asked with. */
export function present(template: Resource, call: Call): JsonObject {
  return presentTemplate(template, call.apiVersion);
}

/** Up to 2020-02-14 the service did not wrap its errors in `error` (image-builder.md §1.1). */
export function withFlatErrors(operation: Operation): Operation {
  return {
    ...operation,
    answer: async (world: World, call: Call): Promise<Answer> => {
      try {
        return await operation.answer(world, call);
      } catch (error) {
        if (!(error instanceof AzureError) || call.apiVersion > "2020-02-14" || !ownCodes.has(error.code)) throw error;
        return { status: error.status, body: { code: error.code, message: error.message } };
      }
    },
  };
}

/** Codes of the service itself; what the gateway refuses is always wrapped. */
const ownCodes = new Set(["ValidationFailed", "Conflict", "OperationNotAllowed", "InvalidRequestBody"]);
