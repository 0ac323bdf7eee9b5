import type { Build } from "../../shared/build.ts";
import { approver, endStorage, startWorld, type TestWorld } from "../journeys/world.ts";
import { letPass, reach } from "./goldsmith.ts";
import { templateFile } from "./place.ts";
import { openTerminal, type Terminal, tmux } from "./terminal.ts";

/** What a person at a terminal is asked, and sees. Without tmux there is no terminal to look at. */
const atTerminal = tmux ? test : test.skip;
/** In real time, which may be short on a busy machine. */
const longestMs = 100_000;
jest.setTimeout(2 * longestMs);
let world: TestWorld;
const open: Terminal[] = [];

beforeAll(async () => {
  if (tmux) world = await startWorld();
});
afterEach(() => {
  for (const terminal of open.splice(0)) terminal.close();
});
afterAll(async () => {
  await world?.stop();
  await endStorage();
});

/** Opens a terminal on the world, as whoever may approve. */
function sitDown(args: readonly string[], env: Readonly<Record<string, string>> = {}, columns = 80): Terminal {
  const terminal = openTerminal(
    args,
    { ...reach(world), GOLDSMITH_KEY: approver["x-functions-key"], ...env },
    { columns },
  );
  open.push(terminal);
  return terminal;
}
const sees = (terminal: Terminal, what: string) => letPass(world, () => terminal.screen().includes(what), longestMs);
async function endOf(terminal: Terminal): Promise<number | undefined> {
  await letPass(world, () => terminal.exit() !== undefined, longestMs);
  return terminal.exit();
}
const poll = ["--poll", "0.1"];
const building = (name: string) => sitDown(["build", templateFile(world, name), ...poll]);
const buildOf = async (terminal: Terminal) => {
  const id = /^Build (\S+)$/m.exec(terminal.screen())?.[1];
  return (await world.call<Build>("GET", `builds/${id}`)).body;
};
const question = "goes on. [l]eave it running, [c]ancel it, [w]ait on?";

atTerminal.each([
  ["nothing but Enter", ["Enter"]],
  ["n", ["n", "Enter"]],
  ["something else", ["perhaps", "Enter"]],
  ["Ctrl-C", ["C-c"]],
  ["Ctrl-D", ["C-d"]],
])("what changes something asks first, and %s is a no: nothing was changed", async (_, keys) => {
  const terminal = sitDown(["undo", "--all"]);
  await sees(terminal, "Take back all that Goldsmith made? [y/N]");
  const before = world.record().length;
  terminal.type(...keys);
  expect(await endOf(terminal)).toBe(130);
  expect(terminal.screen()).toContain("Nothing was changed");
  expect(
    world
      .record()
      .slice(before)
      .filter(({ method, caller }) => caller === "app" && method !== "GET"),
  ).toEqual([]);
});

atTerminal("the stage bar stays one line at the foot, and is gone when the build has ended", async () => {
  for (const columns of [120, 60]) {
    const terminal = sitDown(["build", templateFile(world, `bar-${columns}`), ...poll], {}, columns);
    await sees(terminal, "building");
    const bars = terminal
      .screen()
      .split("\n")
      .filter((line) => /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/.test(line));
    expect(bars).toEqual([
      expect.stringMatching(columns < 72 ? /^. 5\/9 building \d\d:\d\d/ : /━━━━━━━━━━━━━━╸─{12} building 5\/9/),
    ]);
    expect(bars[0]?.length).toBeLessThanOrEqual(columns);
    expect(await endOf(terminal)).toBe(0);
    expect(terminal.screen()).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
    expect(terminal.screen()).toMatch(/^state +succeeded$/m);
    // No line goes over the edge, but for one word that fits on none.
    const long = terminal
      .screen()
      .split("\n")
      .filter((line) => line.length > columns);
    expect(long.filter((line) => line.split(" ").every((word) => word.length < columns - 15))).toEqual([]);
  }
});

atTerminal("yes is a yes, and what was done is told in words", async () => {
  const terminal = sitDown(["undo", "--all", ...poll]);
  await sees(terminal, "[y/N]");
  terminal.type("y", "Enter");
  expect(await endOf(terminal)).toBe(0);
  expect(terminal.screen()).toMatch(/undone +role galleryPublisher for \S+ at\s+rg-images\/galleries\/gold/);
});

atTerminal("Ctrl-C asks what shall become of the build: wait on, and it is followed to its end", async () => {
  const terminal = building("waited");
  await sees(terminal, "building");
  terminal.type("C-c");
  await sees(terminal, question);
  terminal.type("q", "Enter");
  await letPass(world, () => terminal.screen().split(question).length === 3);
  terminal.type("w", "Enter");
  expect(await endOf(terminal)).toBe(0);
  expect((await buildOf(terminal)).state).toBe("succeeded");
});

atTerminal("leave it, and it goes on without its watcher, who is told how to come back", async () => {
  const terminal = building("left");
  await sees(terminal, "building");
  terminal.type("C-c");
  await sees(terminal, question);
  terminal.type("l", "Enter");
  expect(await endOf(terminal)).toBe(130);
  const { id, state } = await buildOf(terminal);
  expect([state, terminal.screen()]).toEqual(["running", expect.stringContaining(`goes on: goldsmith watch ${id}`)]);
  await world.built(id);
});

atTerminal("Ctrl-C at the question leaves it too", async () => {
  const terminal = building("left-twice");
  await sees(terminal, "building");
  terminal.type("C-c");
  await sees(terminal, question);
  terminal.type("C-c");
  expect(await endOf(terminal)).toBe(130);
  const { id, state } = await buildOf(terminal);
  expect(state).toBe("running");
  await world.built(id);
});

atTerminal("cancel it, and the command stays until the build has ended", async () => {
  const terminal = building("cancelled");
  await sees(terminal, "building");
  terminal.type("C-c");
  await sees(terminal, question);
  terminal.type("c", "Enter");
  expect(await endOf(terminal)).toBe(130);
  expect((await buildOf(terminal)).state).toBe("cancelled");
  expect(terminal.screen()).toMatch(/^state +cancelled$/m);
});

atTerminal("NO_COLOR takes the colours, CI the bar", async () => {
  const coloured = new RegExp(`${String.fromCharCode(27)}\\[[1-9][\\d;]*m`);
  const plain = sitDown(["build", templateFile(world, "plain"), ...poll], { NO_COLOR: "1" });
  await sees(plain, "building");
  expect(plain.screen()).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
  expect(plain.screen({ colours: true })).not.toMatch(coloured);
  expect(await endOf(plain)).toBe(0);
  const piped = sitDown(["build", templateFile(world, "piped"), ...poll], { CI: "true" });
  await sees(piped, "Building");
  expect(piped.screen({ colours: true })).toMatch(coloured);
  expect(piped.screen()).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
  expect(await endOf(piped)).toBe(0);
});
