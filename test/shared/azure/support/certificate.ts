import { generateKeyPairSync, randomUUID, sign } from "node:crypto";

/** A self-signed certificate for `localhost` that is its own authority, and its key; PEM. Valid for a day. */
export function localhostCertificate(): { readonly key: string; readonly certificate: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecdsaWithSha256 = der(0x30, oid("06082a8648ce3d040302"));
  // A name of its own: a process that trusts several authorities of one name may try the wrong one.
  const name = der(0x30, der(0x31, der(0x30, oid("0603550403"), der(0x0c, Buffer.from(randomUUID())))));
  const now = Date.now();
  const extension = (id: string, critical: boolean, value: Buffer) =>
    der(0x30, oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));
  const extensions = der(
    0x30,
    extension("0603551d13", true, der(0x30, der(0x01, Buffer.from([0xff])))),
    extension("0603551d11", false, der(0x30, der(0x82, Buffer.from("localhost")))),
  );
  const certificate = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    der(0x30, utcTime(now - 86_400_000), utcTime(now + 86_400_000)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions),
  );
  const signature = sign("sha256", certificate, privateKey);
  const signed = der(0x30, certificate, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${signed.toString("base64").replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`,
  };
}

/** One value in DER: tag, length, content. */
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  return Buffer.concat([Buffer.from([tag, 0x82, body.length >> 8, body.length & 0xff]), body]);
}

function oid(hex: string): Buffer {
  return Buffer.from(hex, "hex");
}

function utcTime(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\D/g, "");
  return der(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}
