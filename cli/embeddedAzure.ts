import { join, resolve } from "node:path";
import { sharedClock } from "../local/clock.ts";
import { startStorage } from "../local/storage.ts";
import { type Embedded, embedIn, startApp } from "./embedded.ts";
import { exits, Stopped } from "./exits.ts";
import { tokenFor } from "./signIn.ts";
import type { Terms } from "./terms.ts";
import { say } from "./text.ts";

const publicArm = "https://management.azure.com";
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Runs the app in this process against Azure, with the rights of whoever is signed in. It only advises unless `act` is given; nothing begins by itself. What it
 * knows (builds, ledger) is kept on this machine.
 */
export async function embedInAzure({ data, act }: Pick<Terms, "data" | "act">, given: string): Promise<Embedded> {
  const subscription = given.replace(/^\/subscriptions\//i, "");
  if (!guid.test(subscription)) throw notASubscription(given);
  const arm = (process.env.GOLDSMITH_ARM_ENDPOINT ?? publicArm).replace(/\/+$/, "");
  const who = whoIs((await tokenFor(`${process.env.GOLDSMITH_ARM_ENDPOINT ? publicArm : arm}/.default`)).token);
  const may = act ? "grants and changes what plans say" : "only advises: nothing is granted (--act would)";
  say(process.stderr, `As ${who}, with no other rights than these, in subscription ${subscription}; ${may}.`);
  return embedIn(
    join(resolve(data), `azure-${subscription}`),
    async (directory, ports, undo) => {
      const storage = await startStorage({ dataDirectory: join(directory, "storage"), ports });
      undo.push(storage.stop);
      const environment = settingsFor(subscription, act, storage.connectionString());
      undo.push(await startApp(directory, ports, sharedClock(directory, 1), environment));
      return subscription;
    },
    () => subscription,
  );
}

/** What the shell says wins, except what was decided by flags. */
function settingsFor(subscription: string, act: boolean, storage: string): Record<string, string> {
  const said = Object.entries(process.env).filter(([name]) => name.startsWith("GOLDSMITH_"));
  return {
    GOLDSMITH_FENCE: `/subscriptions/${subscription}`,
    GOLDSMITH_ROLE_SUBSCRIPTION: subscription,
    // A command does what it was asked for: templates that appear meanwhile are others' business.
    GOLDSMITH_WATCH: "[]",
    TASKHUB_NAME: "goldsmith",
    ...(Object.fromEntries(said) as Record<string, string>),
    GOLDSMITH_MODE: act ? "act" : "advise",
    AzureWebJobsStorage: storage,
  };
}

/** Whoever a token is for, as people know them. Read only to be shown: Azure is who believes it. */
function whoIs(token: string): string {
  try {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as Record<
      string,
      unknown
    >;
    return String(
      claims.upn ??
        claims.unique_name ??
        claims.preferred_username ??
        claims.app_displayname ??
        claims.oid ??
        claims.appid,
    );
  } catch {
    return "whoever is signed in";
  }
}

const notASubscription = (given: string) =>
  new Stopped(exits.usage, {
    code: "NotASubscription",
    title: `${given} is not the id of a subscription`,
    fix: ["az account show --query id --output tsv"],
  });
