import { lastSegment } from "../../shared/decide/armId.ts";
import { maskedLog, tailOf } from "../../shared/decide/builds/logText.ts";
import type { Problem } from "../../shared/problem.ts";
import type { Evidence, ScriptResult, TestMachine } from "../../shared/verification.ts";
import { accessOf, passwordOf } from "../machineAccess.ts";
import type { VerificationOrder } from "../verifying.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./story.ts";
import { type About, endAsked, readVerification, scriptHash } from "./verify.ts";

type AboutMachine = About & { readonly machine: number };
type AboutScript = AboutMachine & { readonly script: string };

/** Making, watching and removing the machines of a verification: one effect on Azure each, harmless when repeated. */
export const testMachineActivities = (deps: Deps) => {
  const open = async ({ verificationId, machine }: AboutMachine) => {
    const { order, record } = await readVerification(deps, verificationId);
    const found = record.machines[machine];
    if (!found) throw new Error(`the verification ${verificationId} has no machine ${machine}`);
    const tags = { "goldsmith-verification": verificationId, "goldsmith-profile": record.profile };
    return { order, record, machine: found, tags, machines: deps.azure.machines(order.profile.tenants) };
  };

  const note = (id: string, index: number, evidence: (before: TestMachine) => Evidence) =>
    deps.store.verifications.update(id, (before) => ({
      ...before,
      machines: before.machines.map((one) => (one.index === index ? { ...one, ...evidence(one) } : one)),
    }));

  return {
    /** Says whether the machine's own network is there. */
    async makeTestNetwork(about: AboutMachine) {
      const { machine, machines, tags } = await open(about);
      if (!machine.networkId) return { standing: true };
      return { standing: (await machines.makeNetwork(machine.networkId, machine.region, tags)) === "stands" };
    },

    async makeTestInterface(about: AboutMachine) {
      const { machine, machines, tags } = await open(about);
      const { nicId, subnetId, region } = machine;
      return { standing: (await machines.makeInterface({ nicId, subnetId, region, tags })) === "stands" };
    },

    /** A key is made here and forgotten with the request, and a password kept by its vault alone: neither is in an answer, in history or in a log. */
    async makeTestMachine(about: AboutMachine) {
      const { order, record, machine, machines, tags } = await open(about);
      const { vmId, nicId, diskId, region, size, securityType } = machine;
      const { osType } = record;
      if (osType === undefined) throw new Error("the verification was not checked");
      const image =
        record.image.kind === "shared" ? { sharedGalleryImageId: record.image.id } : { id: record.image.id };
      // An hour more than the verification may take.
      const expires = new Date(Date.now() + (order.profile.minutes + 60) * 60_000);
      const secret = machine.password && (await passwordOf(machines, machine.password, { expires, tags }));
      const outcome = await machines.makeMachine({
        vmId,
        nicId,
        diskId,
        region,
        size,
        ...(securityType === undefined ? {} : { securityType }),
        image,
        osType,
        computerName: lastSegment(vmId),
        ...accessOf(osType, order.sshPublicKey, secret),
        tags,
      });
      tell(`${lastSegment(vmId)} ${outcome === "started" ? "is being made" : "is there"}: ${size} in ${region}`);
      return {};
    },

    /** Reads every machine that has not shown yet how it boots, and writes down what was seen. */
    async readTestMachines(
      about: About,
    ): Promise<{ readonly cancelAsked: boolean; readonly stage: "booting" | "ready" | "failed" }> {
      const { order, record } = await readVerification(deps, about.verificationId);
      const machines = deps.azure.machines(order.profile.tenants);
      for (const machine of record.machines) {
        if (machine.bootedAt || machine.problem) continue;
        const seen = evidenceOf(machine, record.image.kind, await machines.readMachine(machine.vmId));
        if (!seen) continue;
        await note(about.verificationId, machine.index, () => seen);
        tell(
          `${lastSegment(machine.vmId)}: ${seen.problem ? seen.problem.title : `booted, agent ${seen.agentVersion ?? ""}`}`,
        );
      }
      const now = (await readVerification(deps, about.verificationId)).record.machines;
      const stage = now.some(({ problem }) => problem)
        ? "failed"
        : now.every(({ bootedAt }) => bootedAt)
          ? "ready"
          : "booting";
      return { cancelAsked: await endAsked(deps, about), stage };
    },

    /** Keeps the serial console of a machine that failed or never showed itself; that it cannot be had is no new failure. */
    async keepConsole(about: AboutMachine) {
      const { machine, machines } = await open(about);
      if (machine.bootedAt && !machine.problem && machine.scripts?.every(({ passed }) => passed)) return {};
      const text = await machines.readConsole(machine.vmId).catch(() => undefined);
      if (text === undefined) return {};
      const consoleDocument = `verifications/${about.verificationId}/console-${machine.index}.json`;
      await deps.store.documents.put(consoleDocument, { text: maskedLog(text) });
      await note(about.verificationId, machine.index, () => ({ consoleDocument }));
      return {};
    },

    async startScript(about: AboutScript) {
      const { order, machine, machines } = await open(about);
      const text = scriptText(order, about.script);
      const minutes = order.profile.scripts.find(({ name }) => name === about.script)?.minutes ?? 10;
      await machines.startScript(machine.vmId, { name: about.script, text, minutes, region: machine.region });
      return {};
    },

    /** Judges a script once it is over: exit code, and the output where the profile says what it must be like. */
    async readScript(
      about: AboutScript,
    ): Promise<{ readonly cancelAsked: boolean; readonly over: boolean; readonly passed: boolean }> {
      const { order, machine, machines } = await open(about);
      const cancelAsked = await endAsked(deps, about);
      const reading = await machines.readScript(machine.vmId, about.script);
      if (!reading?.over) return { cancelAsked, over: false, passed: false };
      const script = order.profile.scripts.find(({ name }) => name === about.script);
      const why = failureOf(reading, script?.output);
      const text = scriptText(order, about.script);
      const result: ScriptResult = {
        name: about.script,
        hash: scriptHash(text),
        exitCode: reading.exitCode,
        output: tailOf(maskedLog(reading.output), 100),
        passed: why === undefined,
        ...(why === undefined ? {} : { why }),
        endedAt: new Date().toISOString(),
      };
      await note(about.verificationId, machine.index, ({ scripts = [], ...before }) => ({
        ...(why === undefined ? {} : { problem: scriptFailed(before, result) }),
        scripts: [...scripts.filter(({ name }) => name !== about.script), result],
      }));
      tell(`${lastSegment(machine.vmId)}: script ${about.script} ${why ?? "passed"}`);
      return { cancelAsked, over: true, passed: why === undefined };
    },

    /** What a verification may have made, machines first: they hold the rest. */
    async listTestResources({ verificationId }: About): Promise<{ readonly ids: readonly string[] }> {
      const { record } = await readVerification(deps, verificationId);
      const of = (pick: (machine: TestMachine) => string | undefined) =>
        record.machines.map(pick).filter((id) => id !== undefined);
      const ids = [
        ...of(({ vmId }) => vmId),
        ...of(({ nicId }) => nicId),
        ...of(({ diskId }) => diskId),
        ...of(({ networkId }) => networkId),
        ...of(({ password }) => (password?.generated ? password.secretId : undefined)),
      ];
      return { ids: [...new Set(ids)] };
    },

    async removeTestResource({ verificationId, resourceId }: About & { readonly resourceId: string }) {
      const { order, record } = await readVerification(deps, verificationId);
      const ours = record.machines.some(({ vmId, nicId, diskId, networkId, password }) =>
        [vmId, nicId, diskId, networkId, password?.generated && password.secretId].includes(resourceId),
      );
      if (!ours) throw new Error(`${resourceId} is not of the verification ${verificationId}`);
      return { gone: (await deps.azure.machines(order.profile.tenants).remove(resourceId)) === "gone" };
    },

    /** Notes that nothing is left. */
    async closeVerification({ verificationId }: About) {
      await deps.store.verifications.update(verificationId, (before) => ({ ...before, open: false }));
      tell("everything that was made for it is removed");
      return {};
    },
  };
};

type Reading = Awaited<ReturnType<ReturnType<Deps["azure"]["machines"]>["readMachine"]>>;

/** What a look at a machine shows, if it shows anything. */
function evidenceOf(machine: TestMachine, kind: string, reading: Reading): Evidence | undefined {
  if (!reading) return { problem: machineGone(machine) };
  if (reading.failure || reading.provisioning === "failed")
    return { problem: notProvisioned(machine, reading.failure) };
  if (reading.provisioning !== "succeeded" || !reading.running || !reading.agentReady) return undefined;
  if (kind !== "version" && reading.exactVersion !== "" && reading.exactVersion !== lastSegment(machine.versionId))
    return { problem: otherVersion(machine, reading.exactVersion) };
  const { agentVersion } = reading;
  return { bootedAt: new Date().toISOString(), ...(agentVersion === undefined ? {} : { agentVersion }) };
}

/** The text that the check kept: what runs is what the proof names the hash of. */
function scriptText({ profile, texts }: VerificationOrder, wanted: string): string {
  const text = profile.scripts.find(({ name }) => name === wanted)?.text ?? texts?.[wanted];
  if (text === undefined) throw new Error(`the script ${wanted} was not kept`);
  return text;
}

function failureOf(
  reading: { readonly state: string; readonly exitCode: number; readonly output: string },
  wanted: string | undefined,
): string | undefined {
  if (reading.state === "TimedOut") return "timed out";
  if (reading.exitCode !== 0) return `ended with exit code ${reading.exitCode}`;
  if (reading.state !== "Succeeded") return `ended ${reading.state || "without a result"}`;
  if (wanted !== undefined && !new RegExp(wanted, "m").test(reading.output))
    return "passed, but its output is not as wanted";
  return undefined;
}

const again = "Look at the console log and the script output of the verification";

function scriptFailed({ vmId }: Pick<TestMachine, "vmId">, { name, why = "", output }: ScriptResult): Problem {
  return {
    code: "ScriptFailed",
    title: `The script ${name} ${why}`,
    detail: tailOf(output, 10),
    scope: vmId,
    stage: "verifying",
    fix: [again, "Mend the image or the script, and build again"],
  };
}

function notProvisioned(
  { vmId }: TestMachine,
  failure: { readonly code: string; readonly message: string } | undefined,
): Problem {
  const timedOut = failure?.code === "OSProvisioningTimedOut";
  return {
    code: failure?.code || "MachineFailed",
    title: timedOut
      ? "The image does not boot: its guest never reported to Azure"
      : "The machine could not be provisioned from the image",
    ...(failure?.message ? { detail: failure.message } : {}),
    scope: vmId,
    stage: "verifying",
    fix: [
      again,
      "Check that the last customizer deprovisions the image (waagent -deprovision, sysprep), and that cloud-init or the agent stays enabled",
    ],
  };
}

const machineGone = ({ vmId }: TestMachine): Problem => ({
  code: "MachineGone",
  title: "Somebody removed the machine while it was being verified",
  scope: vmId,
  stage: "verifying",
  fix: ["Ask for the verification again"],
});

const otherVersion = ({ vmId, versionId }: TestMachine, booted: string): Problem => ({
  code: "LatestMoved",
  title: "Azure took another version than the one that was looked up",
  detail: `Looked up was ${versionId}, booted was ${booted}: a version was published or excluded in between.`,
  scope: vmId,
  stage: "verifying",
  fix: ["Ask for the verification again"],
});
