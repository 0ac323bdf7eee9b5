import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { makeProgram } from "../../cli/program.ts";
import { blocksOf, commandsOf, pages } from "./pages.ts";

const shell = pages()
  .flatMap(blocksOf)
  .filter(({ language }) => language === "sh");
const program = makeProgram(() => {});

/** What is wrong with a command as a page writes it; undefined where nothing is. */
function fault([...words]: readonly string[]): string | undefined {
  let command: Command = program;
  while (command.commands.length > 0) {
    const name = words.shift();
    const next = command.commands.find((one) => one.name() === name);
    if (!next) return `no command ${name}`;
    command = next;
  }
  const known = [...command.options, ...program.options];
  const [given, flags] = [[] as string[], [] as string[]];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const option = known.find(({ long, short }) => long === word || short === word);
    if (!word.startsWith("-")) given.push(word);
    else if (!option) return `${command.name()} takes no ${word}`;
    else {
      flags.push(option.long ?? "");
      const value = option.required ? words.shift() : undefined;
      if (value && option.argChoices && !option.argChoices.includes(value)) return `${word} takes no ${value}`;
    }
  }
  const wanted = command.registeredArguments.filter(({ required }) => required).length;
  if (given.length < wanted) return `${command.name()} wants ${wanted} arguments`;
  const missing = command.options.find(({ mandatory, long }) => mandatory && !flags.includes(long ?? ""));
  return missing && `${command.name()} wants ${missing.long}`;
}

test.each(pages())("%s: every shell block can be read by a shell", (page) => {
  for (const { text } of shell.filter((block) => block.page === page))
    expect(spawnSync("bash", ["-n"], { input: text.replace(/<[a-z][^>]*>/g, "x"), encoding: "utf8" })).toMatchObject({
      status: 0,
      stderr: "",
    });
});

test("every goldsmith command of all pages is one, with flags and values it takes", () => {
  const all = shell.flatMap(({ page, text }) => commandsOf(text).map((words) => ({ page, words })));
  expect(all.length).toBeGreaterThan(25);
  expect(
    all.flatMap(({ page, words }) => (fault(words) ? [`${page}: ${words.join(" ")}: ${fault(words)}`] : [])),
  ).toEqual([]);
});

test("those in the text are, too, as far as they are written out", () => {
  const inText = pages().flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(/`(goldsmith [^`\n]+)`/g)].map(([, text = ""]) => ({ page, text })),
  );
  expect(inText.length).toBeGreaterThan(2);
  const unknown = inText.flatMap(({ page, text }) =>
    commandsOf(text).flatMap((words) => (/^no command|takes no/.test(fault(words) ?? "") ? [`${page}: ${text}`] : [])),
  );
  expect(unknown).toEqual([]);
});

test("a slip would be noticed", () => {
  const slips = ["bake x", "build", "build x --mod act", "build x --mode maybe", "schedules put x", "schedules set x"];
  for (const slip of slips) expect(fault(slip.split(" "))).toBeDefined();
});

/** All commands as a table: what each takes and does. */
function commandTable(): string {
  const rows = (command: Command, path: string): string[] =>
    command.commands.flatMap((one) => {
      const name = `${path}${one.name()}`;
      if (one.commands.length > 0) return rows(one, `${name} `);
      const given = one.registeredArguments.map((argument) => argumentName(argument));
      const flags = one.options.map(({ long }) => `\`${long}\``).join(" ");
      return [`| \`${[name, ...given].join(" ")}\` | ${one.description().replaceAll("|", "\\|")} | ${flags} |`];
    });
  return ["| command | does | flags |", "|---|---|---|", ...rows(program, "")].join("\n");
}

const argumentName = (argument: Command["registeredArguments"][number]) => {
  const shown = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${shown}>` : `[${shown}]`;
};

test("docs/cli.md lists all commands as the program has them (UPDATE_DOCS=1 writes it)", () => {
  const between = /(<!-- commands -->\n)[\s\S]*?(<!-- \/commands -->)/;
  const page = readFileSync("docs/cli.md", "utf8");
  const wanted = page.replace(between, (_, from, to) => `${from}${commandTable()}\n${to}`);
  if (process.env.UPDATE_DOCS) writeFileSync("docs/cli.md", wanted);
  else expect(page).toBe(wanted);
  expect(page).toMatch(between);
});
