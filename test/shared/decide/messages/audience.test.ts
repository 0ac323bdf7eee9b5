import { type Audience, wants } from "../../../../shared/decide/messages/audience.ts";
import { message } from "../../notify/message.ts";

const all: Audience = { events: ["*"] };
const rg = "/subscriptions/s/resourceGroups/rg";

test.each<[string, Audience, boolean]>([
  ["all events", all, true],
  ["this event", { events: ["io.goldsmith.build.failed.v1"] }, true],
  ["another event", { events: ["io.goldsmith.build.succeeded.v1"] }, false],
  ["errors only", { ...all, severity: "error" }, true],
  ["warnings and worse", { ...all, severity: "warning" }, true],
  [
    "the template's resource group, in another casing",
    { ...all, templates: ["/Subscriptions/S/resourcegroups/RG"] },
    true,
  ],
  ["a resource group whose name begins alike", { ...all, templates: [`${rg.slice(0, -1)}`] }, false],
  ["the template itself", { ...all, templates: [message.subject] }, true],
  ["its lineage", { ...all, templates: ["gold/ubuntu"] }, true],
  ["lineages of that kind", { ...all, templates: ["gold/*"] }, true],
  ["other lineages", { ...all, templates: ["silver/*", "g.ld/ubuntu", "gold/ubunt"] }, false],
  ["one of several", { ...all, templates: ["silver/*", rg] }, true],
  ["the right template, but not so little", { events: ["*"], templates: [rg], severity: "error" }, true],
])("a failed build is for who wants %s: %#", (_, audience, wanted) => {
  expect(wants(audience, message)).toBe(wanted);
});

test("a build that began is not for who wants warnings", () => {
  expect(wants({ ...all, severity: "warning" }, { ...message, severity: "info" })).toBe(false);
});

test("what is about no template is not for who asks for templates", () => {
  const { lineage: _, ...audit } = { ...message, subject: "audit-1" };
  expect(wants({ ...all, templates: ["*"] }, audit)).toBe(false);
  expect(wants(all, audit)).toBe(true);
});
