import { explain, stepAtWork } from "../../../../shared/decide/builds/explanation.ts";

const body = {
  properties: {
    customize: [
      { type: "Shell", name: "updates" },
      { type: "File", name: "agent" },
      { type: "Shell", name: "hardening" },
    ],
  },
};
const started = (kind: string) => `[x] PACKER ERR [INFO] (telemetry) Starting provisioner ${kind}`;
const ended = (kind: string) => `[x] PACKER ERR [INFO] (telemetry) ending ${kind}`;
const nonZero = "azure-arm: Script exited with non-zero exit status: 3. Allowed exit codes are: [0]";
const upTo = [started("shell"), ended("shell"), started("file"), ended("file"), started("shell")];

test("the customizer at work is the template's own, by name and place", () => {
  expect(stepAtWork(upTo.join("\n"), body)).toBe("hardening (Shell, customize[2])");
});

test("what comes after the template's last step is the service's own", () => {
  const all = [...upTo, ended("shell"), started("shell")].join("\n");
  expect(stepAtWork(all, body)).toMatch(/generalizes/);
  expect(stepAtWork([...upTo, ended("shell")].join("\n"), body)).toBeUndefined();
});

test("a text that names nothing gets class, step, lines and fix from the log", () => {
  const vague = { code: "PackerBuildFailed", title: "", detail: "During the image build a failure has occurred." };
  const told = explain(vague, { log: ["Connected to SSH!", ...upTo, nonZero].join("\n"), body });
  expect(told).toMatchObject({ code: "CustomizerFailed", stage: "customizing" });
  expect(told.detail).toContain("hardening (Shell, customize[2])");
  expect(told.detail).toContain("non-zero exit status: 3");
});

test("what the service said plainly, and what is ours, stays as it is", () => {
  const right = { code: "AuthorizationFailed", title: "A right is missing", detail: "of x" };
  expect(explain(right, { log: nonZero })).toMatchObject({ code: "AuthorizationFailed", title: "A right is missing" });
  const ours = { code: "TemplateChanged", title: "ours" };
  expect(explain(ours, {})).toEqual(ours);
});

test("where the cause stays open, what the plan had warned of stands beside it", () => {
  const open = { code: "InternalOperationError", title: "", detail: "Internal error occurred" };
  expect(explain(open, { warnings: [{ code: "W", title: "No way out to the internet" }] }).detail).toContain(
    "The plan had warned: No way out to the internet.",
  );
});
