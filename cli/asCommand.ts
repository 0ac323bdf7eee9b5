const id = "([\\w.-]+|\\{\\w+\\})";
const commands: readonly (readonly [route: string, command: string])[] = [
  [`GET /api/builds/${id}`, "goldsmith watch $1"],
  ["GET /api/builds lists", "goldsmith list shows"],
  ["GET /api/channels", "goldsmith channels show <image>"],
  ["GET /api/schedules lists", "goldsmith schedules list shows"],
  [`POST /api/schedules/${id}/resume`, "goldsmith schedules resume $1"],
  [`GET /api/shares/${id}`, "goldsmith share show $1"],
  ["GET /api/shares lists", "goldsmith share list shows"],
  ["POST /api/shares", "goldsmith share add"],
  ["GET /api/targets lists", "goldsmith targets list shows"],
  [`POST /api/targets/${id}/test`, "goldsmith targets test $1"],
  ["POST /api/retention", "goldsmith retention plan <image>"],
  ["POST /api/plans\\?as=az", "goldsmith plan <template> --output az"],
];

/** What the app says to do next, for whoever is at a command line: the app names its routes, here there are commands. */
export const asCommand = (step: string): string =>
  commands.reduce((text, [route, command]) => text.replace(new RegExp(route, "g"), command), step);
