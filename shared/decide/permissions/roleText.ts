/** Text of a role file as PowerShell writes it: UTF-8 with or without byte order mark, or UTF-16 of either order. */
export function roleText(input: string | Uint8Array): string {
  const text = typeof input === "string" ? input : new TextDecoder(encodingOf(input)).decode(input);
  return text.replace(/^\uFEFF/, "");
}

function encodingOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  // Without a mark: JSON begins with an ASCII character, so a zero byte beside it tells the order.
  if (first !== 0 && second === 0) return "utf-16le";
  return first === 0 && second !== 0 ? "utf-16be" : "utf-8";
}

/** JSON without what the cmdlet's reader (Newtonsoft) forgives: comments, and commas before a closing bracket. Strings are left alone. */
export function plainJson(text: string): string {
  const tokens = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  const strings: string[] = [];
  const bare = text.replace(tokens, (token) => {
    if (!token.startsWith('"')) return " ";
    strings.push(token);
    return `"${strings.length - 1}"`;
  });
  const trimmed = bare.replace(/,(\s*[\]}])/g, "$1");
  return trimmed.replace(/"(\d+)"/g, (_, index: string) => strings[Number(index)] ?? '""');
}
