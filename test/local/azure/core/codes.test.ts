import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const factsFolder = "../shared/facts";
const read = (file: string) => readFileSync(file, "utf8");

/** Where the emulator makes a refusal: the code is the first text among the arguments. */
const refusal =
  /(?:AzureError|FaultError|badRequest|invalid\w*|refused|notAllowed|conflict\w*|refusal)\(\s*(?:[\w.]+,\s*)?"([A-Z][A-Za-z]{4,})"/g;

/** What is said on `/emulator/*` and of what the emulator lacks: no codes of Azure's. */
const ownCodes = ["InvalidSwitch", "NoSharedClock", "NotEmulated"];

const files = globSync("local/azure/**/*.ts");
const codes = [...new Set(files.flatMap((file) => [...read(file).matchAll(refusal)].map(([, code = ""]) => code)))]
  .filter((code) => !ownCodes.includes(code))
  .sort();
const has = (text: string) => (code: string) => new RegExp(`\\b${code}\\b`).test(text);

/** A token of another issuer cannot be made here; the others come with virtual machines, whose tests are still to be written. */
const untested = [
  "ConflictingUserInput",
  "InvalidAuthenticationTokenTenant",
  "NicInUse",
  "PlatformImageNotFound",
  "SharedGalleryImageNotFound",
];

test("every code that the emulator refuses with is asked for by some test", () => {
  expect(codes.length).toBeGreaterThan(80);
  const asked = has(
    globSync("test/**/*.ts")
      .filter((file) => !file.endsWith("codes.test.ts"))
      .map(read)
      .join("\n"),
  );
  expect(codes.filter((code) => !asked(code) && !untested.includes(code))).toEqual([]);
});

const factsAreHere = existsSync(factsFolder);
if (!factsAreHere) console.log(`${factsFolder} is not here: whether codes are known or assumed is not looked up`);

(factsAreHere ? test : test.skip)("every code that no fact has is marked as assumed, in one table", () => {
  const known = has(
    readdirSync(factsFolder)
      .map((file) => read(join(factsFolder, file)))
      .join("\n"),
  );
  const [, table = ""] = read("docs/emulator.md").split("## Codes that no source has");
  const assumed = has(table);
  expect(codes.filter((code) => !known(code) && !assumed(code))).toEqual([]);
});
