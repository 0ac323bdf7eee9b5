import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The approved text of that name beside the tests; `APPROVE=1` writes what came out, to be read before it is committed. */
export function approved(name: string, got: string): string {
  const file = join(__dirname, "approved", name);
  if (process.env.APPROVE) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, got);
  }
  return existsSync(file) ? readFileSync(file, "utf8") : `(nothing approved in approved/${name})`;
}
