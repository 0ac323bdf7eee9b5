import { readdirSync, readFileSync } from "node:fs";

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
  /** The chapter (`## …`) it stands in. */
  readonly chapter: string;
}

/** All pages for readers. */
export const pages = (): readonly string[] => [
  "README.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string): readonly Block[] {
  let chapter = "";
  return readFileSync(page, "utf8")
    .split(/^(?=## )/m)
    .flatMap((part) => {
      chapter = /^## (.*)$/m.exec(part)?.[1] ?? "";
      return [...part.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = "", text = ""]) => ({
        page,
        language,
        text,
        chapter,
      }));
    });
}

/** `goldsmith` commands of a shell text, as words; what a shell would fill in stays as it is written. */
export function commandsOf(text: string): readonly (readonly string[])[] {
  const joined = text.replace(/\\\n\s*/g, " ");
  const found = [...joined.matchAll(/(?:^|[(|;&]|\|\||npx|<\()\s*goldsmith\s+([^\n|;&>)]*)/gm)];
  return found.map(([, words = ""]) =>
    (words.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^["']|["']$/g, "")),
  );
}
