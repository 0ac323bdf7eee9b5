import type { Plan } from "../planning/plan.ts";
import { azScript } from "./az.ts";
import { bicepFiles } from "./bicep.ts";
import { markdown } from "./markdown.ts";
import { powershellScript } from "./powershell.ts";
import { terraformFile } from "./terraform.ts";

/** The forms a plan can be given to others in, so that they can review or apply it. */
export type ExportFormat = "markdown" | "bicep" | "terraform" | "az" | "powershell";

/** One file of an export; Bicep needs one for each resource group that something is written to. */
export interface ExportedFile {
  readonly name: string;
  readonly text: string;
}

/** Writes a plan's changes so that somebody else can apply them (Markdown: so that somebody can agree to them). */
export function exportPlan(plan: Plan, format: ExportFormat): readonly ExportedFile[] {
  switch (format) {
    case "markdown":
      return [{ name: "plan.md", text: markdown(plan) }];
    case "bicep":
      return bicepFiles(plan);
    case "terraform":
      return [{ name: "main.tf", text: terraformFile(plan) }];
    case "az":
      return [{ name: "apply.sh", text: azScript(plan) }];
    case "powershell":
      return [{ name: "apply.ps1", text: powershellScript(plan) }];
  }
}

/** All files of an export as one text, each under its name where there are several. */
export function joined(files: readonly ExportedFile[]): string {
  const [only, ...more] = files;
  if (only !== undefined && more.length === 0) return only.text;
  return files.map((file) => `// ---- ${file.name} ----\n${file.text}`).join("\n");
}
