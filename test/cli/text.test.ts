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
  ["colours take no room", "\u001b[2m  00:01\u001b[22m  planning is it", "\u001b[2m  00:01\u001b[22m  planning is it"],
  ["each line by itself", "one\nthe quick brown fox jumps over", "one\nthe quick brown fox\njumps over"],
])("%s", (_, line, wanted) => {
  expect(folded(line, 24)).toBe(wanted);
});
