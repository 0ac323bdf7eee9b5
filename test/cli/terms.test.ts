import { type CommonFlags, commandOf, readTerms } from "../../cli/terms.ts";

test.each<[string, CommonFlags, string]>([
  ["a deployed one, by its URL", { url: "https://gold.example" }, "goldsmith watch b-1"],
  ["an embedded one", { emulator: true }, "goldsmith watch b-1 --emulator"],
  [
    "one whose data lies elsewhere",
    { emulator: true, data: "my data" },
    'goldsmith watch b-1 --emulator --data "my data"',
  ],
  ["one in Azure", { azure: "s-1", act: true }, "goldsmith watch b-1 --azure s-1 --act"],
])("whoever is told how to come back meets the same Goldsmith: %s", (_, flags, command) => {
  expect(commandOf(readTerms(flags, {}), "watch b-1")).toBe(command);
});

test.each<[string, Record<string, string>, CommonFlags, string]>([
  ["nowhere in particular", {}, {}, "none"],
  ["CI", { CI: "true" }, {}, "lines"],
  ["GitHub", { GITHUB_ACTIONS: "true", CI: "true" }, {}, "github"],
  ["Azure DevOps", { TF_BUILD: "True" }, {}, "azureDevOps"],
  ["wherever nothing is wanted", { CI: "true" }, { progress: "none" }, "none"],
])("%s has a way of its own to be told", (_, env, flags, progress) => {
  expect(readTerms(flags, env).progress).toBe(progress);
});
