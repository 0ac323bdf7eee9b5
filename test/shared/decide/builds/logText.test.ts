import { maskedLog, tailOf } from "../../../../shared/decide/builds/logText.ts";

const id = "[0f8fad5b-d9cb-469f-a165-70867728950e]";
const failing = [
  `${id} PACKER OUT ==> azure-arm: Provisioning with shell script: /tmp/packer-shell (updates)`,
  `${id} PACKER OUT     azure-arm: Hit:1 http://azure.archive.ubuntu.com/ubuntu noble InRelease`,
  `${id} PACKER OUT ==> azure-arm: Provisioning with shell script: /tmp/packer-shell (hardening)`,
  `${id} PACKER OUT     azure-arm: E: Unable to locate package nosuchthing`,
  `${id} PACKER OUT ==> azure-arm: Script exited with non-zero exit status: 100. Allowed exit codes are: [0]`,
  `${id} PACKER OUT Build 'azure-arm' errored.`,
].join("\n");

test.each([
  ["curl https://sa.blob.core.windows.net/c/f.sh?sv=2024-01-01&se=2026&sig=abc%2Fdef%3D", "abc%2Fdef"],
  [
    `DefaultEndpointsProtocol=https;AccountName=x;AccountKey=${"a".repeat(86)}==;EndpointSuffix=core.windows.net`,
    "aaaaaaaa",
  ],
  [`key is ${"B".repeat(86)}==`, "BBBBBBBB"],
  ["export DB_PASSWORD=hunter2-and-more", "hunter2"],
  ['{"client_secret": "s3cr3t value"}', "s3cr3t"],
  ["mysql --password=topsecret -u root", "topsecret"],
  ["git clone https://bob:gh_pat_123456@example.com/r.git", "gh_pat"],
  ["Authorization: Bearer abcdefghijklmnop", "abcdefghijklmnop"],
  ["token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2ln", "eyJ"],
  ["Endpoint=sb://x;SharedAccessKeyName=n;SharedAccessKey=qwertyuiop1234=", "qwertyuiop"],
])("%s: the secret is hidden", (line, secret) => {
  expect(maskedLog(line)).not.toContain(secret);
});

test("what is no secret stays", () => {
  expect(maskedLog(failing)).toBe(failing);
  expect(maskedLog("curl https://example.com/setup.sh?version=3")).toBe("curl https://example.com/setup.sh?version=3");
});

test("the tail is the last lines", () => {
  expect(tailOf("a\nb\nc\n", 2)).toBe("b\nc");
});
