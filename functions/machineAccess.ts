import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { Machines, SecretWish } from "../shared/azure/azure.ts";
import { Refused } from "../shared/problem.ts";
import type { TestMachine } from "../shared/verification.ts";

/** How a machine can be entered. */
export interface Access {
  readonly adminUsername: string;
  readonly adminPassword?: string;
  readonly sshPublicKey?: string;
}

/** Access to a machine: by the SSH key that was given, else by one whose private half is thrown away; Windows by the password of its vault, else by one that nobody learns. */
export function accessOf(osType: "Linux" | "Windows", sshPublicKey?: string, password?: string): Access {
  const adminUsername = "goldsmith";
  if (osType === "Windows") return { adminUsername, adminPassword: password ?? newPassword() };
  return { adminUsername, sshPublicKey: sshPublicKey ?? thrownAwayKey() };
}

/** The password of a machine by its secret, which is made now where it is to be generated: asked again, it is the same one. */
export async function passwordOf(
  machines: Pick<Machines, "readSecret" | "writeSecret">,
  { secretId, generated }: NonNullable<TestMachine["password"]>,
  more: Omit<SecretWish, "value">,
): Promise<string> {
  const standing = await machines.readSecret(secretId);
  if (standing) return standing;
  if (!generated) throw new Refused(noSecret(secretId));
  const value = newPassword();
  await machines.writeSecret(secretId, { value, ...more });
  return value;
}

/** Reads a password's secret before anything is made: that the vault lets the app in, and that a secret that was named is there. */
export async function mustBeThere(
  machines: Pick<Machines, "readSecret">,
  { secretId, generated }: NonNullable<TestMachine["password"]>,
): Promise<void> {
  if (!(await machines.readSecret(secretId)) && !generated) throw new Refused(noSecret(secretId));
}

/** Of all four kinds of letters that Windows asks for, and long. */
const newPassword = () => `Gs1!${randomBytes(24).toString("base64url")}`;

const noSecret = (scope: string) => ({
  code: "SecretMissing",
  title: "The vault has no such secret for the password",
  scope,
  stage: "verifying",
  fix: ["Write the password into the vault", "Or leave secret out of the profile's password: one is made then"],
});

/** The public half of a new RSA key as OpenSSH writes it (RFC 4253 §6.6). */
function thrownAwayKey(): string {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { e = "", n = "" } = publicKey.export({ format: "jwk" });
  const parts = [Buffer.from("ssh-rsa"), number(e), number(n)].map((part) => Buffer.concat([length(part), part]));
  return `ssh-rsa ${Buffer.concat(parts).toString("base64")} goldsmith`;
}

/** A number whose first bit is set gets a zero in front, or it would be negative. */
function number(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, "base64url");
  return (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
}

function length(part: Buffer): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(part.length);
  return bytes;
}
