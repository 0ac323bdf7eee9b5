import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rows } from "../../../shared/config/settings.ts";

const folder = join(__dirname, "../../../shared/decide");

test("every setting that a refusal or a warning names is one that exists", () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const named = files.flatMap((name) => readFileSync(join(folder, name), "utf8").match(/GOLDSMITH_[A-Z_]+/g) ?? []);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !(name in rows))).toEqual([]);
});
