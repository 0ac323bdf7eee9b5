import type { Message } from "../../../shared/decide/messages/message.ts";

/** A message as tests send it. */
export const message: Message = {
  id: "build-1-failed",
  type: "io.goldsmith.build.failed.v1",
  source: "/goldsmith/builds",
  subject: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.VirtualMachineImages/imageTemplates/ubuntu",
  time: "2026-01-01T00:00:00.000Z",
  data: { buildId: "build-1", text: "äöü 😀" },
  severity: "error",
  thread: "build-1",
  lineage: "gold/ubuntu",
  title: "ubuntu could not be built",
  next: ["Mend <script>", "Build again"],
  facts: [{ name: "Why", value: "exit code 1 <!channel> **bold** & more" }],
  link: "https://gold.example.com/api/dashboard#/builds/build-1",
};
