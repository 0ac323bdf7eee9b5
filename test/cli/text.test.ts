import { readFileSync } from "node:fs";
import { asCommand } from "../../cli/asCommand.ts";
import { makeProgram } from "../../cli/program.ts";
import { folded } from "../../cli/text.ts";

test.each([
  ["what fits stays", "  00:01  planning", "  00:01  planning"],
  [
    "words go over the edge whole, below where they began",
    "  00:01  made: role joiner at gold",
    "  00:01  made: role\n         joiner at gold",
  ],
  ["behind a name", "because    the subnet is too small", "because    the subnet is\n           too small"],
  ["behind a mark", "  → Assign the role to somebody", "  → Assign the role to\n  somebody"],
  [
    "a word that fits on no line stays where it is",
    "image      /subscriptions/1/resourceGroups/2",
    "image      /subscriptions/1/resourceGroups/2",
  ],
  ["a command is copied whole", "  → goldsmith retention apply x", "  → goldsmith retention apply x"],
  ["a row stays a row", "web-1  succeeded  2026-11-25 one", "web-1  succeeded  2026-11-25 one"],
  ["what goes on in a shell stays", "  --image 'a b c d e f g h' \\", "  --image 'a b c d e f g h' \\"],
  ["colours take no room", "\u001b[2m  00:01\u001b[22m  planning is it", "\u001b[2m  00:01\u001b[22m  planning is it"],
  ["each line by itself", "one\nthe quick brown fox jumps over", "one\nthe quick brown fox\njumps over"],
])("%s", (_, line, wanted) => {
  expect(folded(line, 24)).toBe(wanted);
});

test.each([
  ["GET /api/builds lists the builds there are", "goldsmith list shows the builds there are"],
  ["GET /api/builds/web-1 tells how", "goldsmith watch web-1 tells how"],
  ["Follow GET /api/builds/web-1, and ask again", "Follow goldsmith watch web-1, and ask again"],
  ["Once that is mended: POST /api/schedules/{id}/resume", "Once that is mended: goldsmith schedules resume {id}"],
  ["POST /api/targets/hook/test turns it on again.", "goldsmith targets test hook turns it on again."],
  ["GET /api/audits lists the audits there are", "GET /api/audits lists the audits there are"],
])("what to do next is a command where there is one: %s", (step, wanted) => {
  expect(asCommand(step)).toBe(wanted);
});

test("every command that a step is turned into is one", () => {
  const source = readFileSync("cli/asCommand.ts", "utf8");
  const named = [...source.matchAll(/"goldsmith ([a-z ]+)/g)].map(([, words = ""]) => words.trim().split(" "));
  const program = makeProgram(() => {});
  const unknown = named.filter(([first, second]) => {
    const command = program.commands.find((one) => one.name() === first);
    return !command || (command.commands.length > 0 && !command.commands.some((one) => one.name() === second));
  });
  expect([named.length > 8, unknown]).toEqual([true, []]);
});
