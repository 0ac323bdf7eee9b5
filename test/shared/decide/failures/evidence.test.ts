import { lastWords, logEvidence } from "../../../../shared/decide/failures/evidence.ts";

const id = "[0f8fad5b-d9cb-469f-a165-70867728950e]";
const failing = [
  `${id} PACKER OUT ==> azure-arm: Provisioning with shell script: /tmp/packer-shell (updates)`,
  `${id} PACKER OUT     azure-arm: Hit:1 http://azure.archive.ubuntu.com/ubuntu noble InRelease`,
  `${id} PACKER OUT ==> azure-arm: Provisioning with shell script: /tmp/packer-shell (hardening)`,
  `${id} PACKER OUT     azure-arm: E: Unable to locate package nosuchthing`,
  `${id} PACKER OUT ==> azure-arm: Script exited with non-zero exit status: 100. Allowed exit codes are: [0]`,
  `${id} PACKER OUT Build 'azure-arm' errored.`,
].join("\n");

test("the customizer at work and the lines that tell are found", () => {
  expect(logEvidence(failing)).toEqual({
    customizer: "/tmp/packer-shell (hardening)",
    lines: [
      "azure-arm: E: Unable to locate package nosuchthing",
      "azure-arm: Script exited with non-zero exit status: 100. Allowed exit codes are: [0]",
    ],
  });
});

test("a log without a failure accuses nobody", () => {
  expect(logEvidence(failing.split("\n").slice(0, 3).join("\n"))).toEqual({ lines: [] });
  expect(logEvidence("")).toEqual({ lines: [] });
});

test("where no line tells, a script's last words are there to be read; of Azure's part there are none", () => {
  expect(
    lastWords(`${failing.split("\n").slice(0, 3).join("\n")}\n${id} PACKER OUT     azure-arm: folder is missing`),
  ).toEqual(["azure-arm: folder is missing"]);
  expect(lastWords(`${id} PACKER OUT ==> azure-arm: Running builder ...`)).toEqual([]);
});
