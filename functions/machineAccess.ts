import { generateKeyPairSync, randomBytes } from "node:crypto";

/** How a machine can be entered. */
export interface Access {
  readonly adminUsername: string;
  readonly adminPassword?: string;
  readonly sshPublicKey?: string;
}

/** Access to a machine: by the SSH key that was given, else by one whose private half is thrown away; Windows by a password that nobody learns. */
export function accessOf(osType: "Linux" | "Windows", sshPublicKey: string | undefined): Access {
  const adminUsername = "goldsmith";
  if (osType === "Windows") return { adminUsername, adminPassword: `Gs1!${randomBytes(24).toString("base64url")}` };
  return { adminUsername, sshPublicKey: sshPublicKey ?? thrownAwayKey() };
}

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
