import { accessSync, constants, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { evidenceSchema } from "../../shared/config/evidence.ts";
import type { EvidenceDocument } from "../../shared/decide/permissions/measured.ts";
import { exits, Stopped } from "../exits.ts";

/** A file that answers are kept in, each as it is found: whatever breaks a calibration off, they stay. Rejects `Stopped` where it cannot be that. */
export function evidenceFile(path: string): (found: EvidenceDocument) => void {
  const earlier = existsSync(path) ? read(path) : undefined;
  try {
    accessSync(earlier ? path : dirname(path), constants.W_OK);
  } catch {
    throw wrong(`${path} cannot be written`, "Name a file in a folder that is there and yours: --evidence");
  }
  return (found) => writeFileSync(path, `${JSON.stringify(together(earlier, found), null, 2)}\n`);
}

/** Of the same place, what was answered before stays where it was not answered anew. */
export function together(earlier: EvidenceDocument | undefined, found: EvidenceDocument): EvidenceDocument {
  if (!earlier || !samePlace(earlier, found)) return found;
  const answered = (document: EvidenceDocument) => document.measurements.filter(({ answer }) => answer !== null);
  const anew = new Set(answered(found).map(({ question }) => question));
  const kept = answered(earlier).filter(({ question }) => !anew.has(question));
  const old = new Set(kept.map(({ question }) => question));
  return { ...found, measurements: [...found.measurements.filter(({ question }) => !old.has(question)), ...kept] };
}

const samePlace = (one: EvidenceDocument, other: EvidenceDocument) =>
  one.subscriptionId.toLowerCase() === other.subscriptionId.toLowerCase() && one.location === other.location;

function read(path: string): EvidenceDocument {
  try {
    return evidenceSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    throw wrong(`${path} is no evidence, and is not overwritten`, "Name another file: --evidence");
  }
}

const wrong = (title: string, fix: string) => new Stopped(exits.usage, { code: "NoEvidenceFile", title, fix: [fix] });
