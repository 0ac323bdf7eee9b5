const commands: readonly (readonly [RegExp, string])[] = [
  [/GET \/api\/builds\/([\w{}-]+)/g, "goldsmith watch $1"],
  [/GET \/api\/builds lists/g, "goldsmith list shows"],
  [/GET \/api\/channels\b/g, "goldsmith channels show <image>"],
  [/GET \/api\/schedules lists/g, "goldsmith schedules list shows"],
  [/POST \/api\/schedules\/([\w{}-]+)\/resume/g, "goldsmith schedules resume $1"],
  [/GET \/api\/targets lists/g, "goldsmith targets list shows"],
  [/POST \/api\/retention\b/g, "goldsmith retention plan <image>"],
];

/** What the app says to do next, for whoever is at a command line: the app names its routes, here there are commands. */
export const asCommand = (step: string): string =>
  commands.reduce((text, [route, command]) => text.replace(route, command), step);
