import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";

const directory = mkdtempSync(join(tmpdir(), "package-"));
const unpacked = join(directory, "unpacked");
const results = join(directory, "results.json");
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Journeys that are as many again in a run of their own. */
const minutes = 20;

test(
  "unpacked into an empty folder without node_modules, the package passes the journeys",
  () => {
    execFileSync("node", [
      "--disable-warning=ExperimentalWarning",
      "local/package.ts",
      "--durable",
      "AzureStorage",
      "--out",
      directory,
    ]);
    for (const [name, content] of Object.entries(unzipSync(readFileSync(join(directory, "goldsmith.zip"))))) {
      mkdirSync(dirname(join(unpacked, name)), { recursive: true });
      writeFileSync(join(unpacked, name), content);
    }
    expect(readdirSync(unpacked).sort()).toEqual(["dist", "host.json", "package.json"]);
    const jest = [
      "test/journeys",
      "--forceExit",
      "--runInBand",
      "--testTimeout",
      "180000",
      "--json",
      "--outputFile",
      results,
    ];
    const env = { ...process.env, JOURNEYS_APP_DIRECTORY: unpacked };
    const { stderr } = spawnSync("jest", jest, { env, encoding: "utf8", timeout: minutes * 60_000 });
    const { numPassedTests, testResults } = JSON.parse(readFileSync(results, "utf8")) as {
      readonly numPassedTests: number;
      readonly testResults: readonly {
        readonly name: string;
        readonly assertionResults: readonly { status: string; fullName: string }[];
      }[];
    };
    const failed = testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status }) => status === "failed").map(({ fullName }) => fullName),
    );
    if (failed.length > 0) process.stdout.write(stderr.slice(-20_000));
    expect(failed).toEqual([]);
    expect(numPassedTests).toBeGreaterThan(30);
  },
  minutes * 60_000,
);
