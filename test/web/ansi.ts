/** Colours of a terminal as tmux tells them (SGR 30 to 37, bright 90 to 97), on a dark ground. */
const colours = ["#5c6370", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0"];

interface Look {
  readonly colour?: string | undefined;
  readonly bold?: boolean;
  readonly dim?: boolean;
}

const start = "\u001b[";
const sgr = new RegExp(`(${start.replace("[", "\\[")}[0-9;]*m)`);

/** What was captured of a terminal, escapes and all, as a page that looks like it. */
export function terminalPage(captured: string): string {
  let look: Look = {};
  const html = captured
    .split(sgr)
    .map((part) => {
      if (!part.startsWith(start)) return painted(part, look);
      look = part.slice(start.length, -1).split(";").map(Number).reduce(after, look);
      return "";
    })
    .join("");
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin: 0; background: #1b1d23; }
    pre { margin: 0; padding: 22px 26px; color: #d7dae0; font: 14px/1.5 "DejaVu Sans Mono", "Cascadia Code", Menlo, Consolas, monospace; width: max-content; }
  </style><pre>${html}</pre>`;
}

function after(look: Look, code: number): Look {
  if (code === 0) return {};
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 22) return { ...look, bold: false, dim: false };
  if (code === 39) return { ...look, colour: undefined };
  const colour = colours[code >= 90 ? code - 90 : code - 30];
  return colour === undefined ? look : { ...look, colour };
}

function painted(text: string, { colour, bold, dim }: Look): string {
  const plain = text.replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`);
  const style = [colour && `color:${colour}`, bold && "font-weight:700", dim && "opacity:.6"].filter(Boolean).join(";");
  return style && plain ? `<span style="${style}">${plain}</span>` : plain;
}
