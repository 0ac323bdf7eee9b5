import { z } from "zod";
import type { EvidenceDocument, Question } from "../decide/permissions/measured.ts";
import { questions } from "../decide/permissions/measured.ts";

const question = z.custom<Question>(
  (text) => typeof text === "string" && (text in questions || /^action\/\w+\/[\w./]+$/.test(text)),
  "not a question that calibrate asks",
);

/** What `goldsmith calibrate --evidence` writes. */
export const evidenceSchema: z.ZodType<EvidenceDocument> = z.strictObject({
  version: z.literal(1, "not a version that this release reads"),
  subscriptionId: z.string(),
  location: z.string(),
  measurements: z
    .array(
      z.strictObject({
        question,
        answer: z.union([z.boolean(), z.number(), z.string(), z.null()]),
        how: z.string().max(1000),
        at: z.iso.datetime(),
      }),
    )
    .max(100),
});
