import { together } from "../../cli/calibration/evidenceFile.ts";
import type { EvidenceDocument, Measurement } from "../../shared/decide/permissions/measured.ts";

const document = (location: string, answers: Readonly<Record<string, number | null>>): EvidenceDocument => ({
  version: 1,
  subscriptionId: "11111111-1111-1111-1111-111111111111",
  location,
  measurements: Object.entries(answers).map(
    ([question, answer]): Measurement => ({ question: question as "guardStatus", answer, how: "", at: "" }),
  ),
});

test.each([
  ["what is answered anew replaces what was", { guardStatus: 400 }, { guardStatus: 409 }, { guardStatus: 409 }],
  ["what was not asked anew stays", { guardStatus: 400 }, { grantSeconds: 9 }, { guardStatus: 400, grantSeconds: 9 }],
  ["what stayed open takes no answer away", { guardStatus: 400 }, { guardStatus: null }, { guardStatus: 400 }],
  ["what was open and stays open is open", { guardStatus: null }, { guardStatus: null }, { guardStatus: null }],
])("evidence of one place: %s", (_, before, now, after) => {
  const { measurements } = together(document("westeurope", before), document("westeurope", now));
  expect(Object.fromEntries(measurements.map(({ question, answer }) => [question, answer]))).toEqual(after);
});

test("evidence of another place says nothing here", () => {
  const found = document("westeurope", { grantSeconds: 9 });
  expect(together(document("northeurope", { guardStatus: 400 }), found)).toBe(found);
});
