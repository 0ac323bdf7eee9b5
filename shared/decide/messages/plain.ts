import type { Message } from "./message.ts";

/** A message in plain text: what to do comes first. */
export function plainText({ title, next, facts, link }: Message): string {
  return [
    `${title}.`,
    ...(next.length > 0 ? ["", "What to do next:", ...next.map((step, index) => `${index + 1}. ${step}`)] : []),
    "",
    ...facts.map(({ name, value }) => `${name}: ${value}`),
    ...(link === undefined ? [] : ["", link]),
  ].join("\n");
}
