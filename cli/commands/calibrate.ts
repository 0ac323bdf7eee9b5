import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type EvidenceDocument, inWords } from "../../shared/decide/permissions/measured.ts";
import { neededProviders } from "../../shared/decide/planning/factsWanted.ts";
import { fieldsOf, textOf } from "../../shared/decide/template/templateBody.ts";
import { askArm, fencedTo } from "../calibration/arm.ts";
import { type Exit, exits, Stopped } from "../exits.ts";
import { print } from "../print.ts";
import { keepToken } from "../signIn.ts";
import type { Terms } from "../terms.ts";
import { harmless, say } from "../text.ts";

/** Flags of `goldsmith calibrate`. */
export interface CalibrateFlags {
  readonly live?: boolean;
  readonly subscription?: string;
  readonly resourceGroup?: string;
  readonly location: string;
  readonly evidence?: string;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const name = /^[\w().-]{0,89}[\w()-]$/;

/** Settles in a sandbox what no document does; exit 0 where every question was answered, 4 where some stayed open. */
export async function calibrate(terms: Terms, flags: CalibrateFlags): Promise<Exit> {
  const { subscription, group } = placeOf(flags);
  const { calibrate: run } = await import("../calibration/calibrate.ts");
  const { evidenceFile } = await import("../calibration/evidenceFile.ts");
  const keep = flags.evidence ? { keep: evidenceFile(flags.evidence) } : {};
  const lab = await openLab(`/subscriptions/${subscription}`, group, flags.location);
  const signal = breakOff(lab.tell, flags.evidence);
  const document = await run(lab, subscription, { ...keep, signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
  print(terms, document, evidenceText);
  return document.measurements.some(({ answer }) => answer === null) ? exits.drift : exits.done;
}

/** It costs money and makes things, so nothing is guessed: neither that it is meant, nor where. */
function placeOf({ live, subscription = "", resourceGroup }: CalibrateFlags) {
  const faults = [
    ...(live ? [] : ["--live: calibrate makes identities, roles and image templates in Azure and builds images there"]),
    ...(guid.test(subscription) ? [] : ["--subscription <id>: a sandbox of yours; no default is taken"]),
    ...(resourceGroup === undefined || name.test(resourceGroup) ? [] : ["--resource-group: a name, not an id"]),
  ];
  if (faults.length > 0)
    throw new Stopped(exits.usage, { code: "NotMeant", title: "Calibrate needs to be told", fix: faults });
  const group = resourceGroup ?? `rg-goldsmith-calibration-${randomBytes(4).toString("hex")}`;
  return { subscription, group: `/subscriptions/${subscription}/resourceGroups/${group}` };
}

async function openLab(subscription: string, group: string, location: string) {
  const endpoint = (process.env.GOLDSMITH_ARM_ENDPOINT ?? "https://management.azure.com").replace(/\/+$/, "");
  const sleep = (seconds: number, signal?: AbortSignal) => pause(seconds * 1000, undefined, signal ? { signal } : {});
  const arm = askArm({ endpoint, token: keepToken(`${endpoint}/.default`), sleep });
  await refuseUnready(subscription, (path) => arm("GET", path, "2021-04-01"));
  const tell = (line: string) => say(process.stderr, harmless(line));
  tell(`sandbox: ${group}`);
  return { arm: fencedTo(group, arm), group, location, now: Date.now, sleep, tell, guid: randomUUID };
}

/** A provider is registered for a whole subscription, which is more than a sandbox: that is left to the owner. */
async function refuseUnready(subscription: string, read: (path: string) => Promise<{ status: number; body: unknown }>) {
  const wanted = [...neededProviders, "Microsoft.ManagedIdentity"];
  const states = await Promise.all(wanted.map((one) => read(`${subscription}/providers/${one}`)));
  if (states.some(({ status }) => status >= 400))
    throw new Stopped(exits.failed, {
      code: "SubscriptionUnreadable",
      title: `${subscription} cannot be read`,
      fix: ["Sign in as an owner of it: az login", "Check the id of the subscription"],
    });
  const missing = wanted.filter((_, index) => textOf(fieldsOf(states[index]?.body).registrationState) !== "Registered");
  if (missing.length > 0)
    throw new Stopped(exits.failed, {
      code: "ProviderNotRegistered",
      title: `Not registered: ${missing.join(", ")}`,
      fix: missing.map((one) => `az provider register --namespace ${one} --subscription ${subscription.split("/")[2]}`),
    });
}

/** Ctrl-C and SIGTERM break it off once, and what was made is removed; another one ends the process where it stands. */
function breakOff(tell: (line: string) => void, evidence: string | undefined): AbortSignal {
  const stop = new AbortController();
  const fix = evidence ? [`What was found until then is in ${evidence}`] : [];
  const end = () => {
    tell("broken off; once more, and what was made stays");
    stop.abort(new Stopped(exits.interrupted, { code: "Interrupted", title: "What was made was removed", fix }));
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  return stop.signal;
}

/** What was found, for people. */
const evidenceText = ({ subscriptionId, location, measurements }: EvidenceDocument): string =>
  [
    `Measured in ${subscriptionId} (${location})`,
    "",
    ...measurements.flatMap((one) => [
      `${one.answer === null ? "?" : "="} ${inWords(one)}`,
      `  ${one.at.slice(0, 10)}: ${one.how}`,
    ]),
  ].join("\n");
