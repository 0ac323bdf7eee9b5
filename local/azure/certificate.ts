import { randomBytes, webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import "reflect-metadata"; // wanted by @peculiar/x509, before it
import * as x509 from "@peculiar/x509";

/** What the HTTPS server needs, and the file that clients must trust. PEM throughout. */
export interface ServerCertificate {
  readonly key: string;
  readonly certificate: string;
  readonly caFile: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
/** Certificates live in real time: a client checks them with the clock of the machine, whatever time the emulator shows. */
const validFor = 365 * 86_400_000;

/** The certificate for `localhost`, made at the first start in a directory and kept there. The CA's own key is thrown away. */
export async function serverCertificate(directory: string): Promise<ServerCertificate> {
  const file = (name: string) => join(directory, name);
  if (!existsSync(file("server.pem")) || expired(readFileSync(file("server.pem"), "utf8"))) {
    mkdirSync(directory, { recursive: true });
    const made = await makeCertificates();
    writeFileSync(file("server.key"), made.key, { mode: 0o600 });
    writeFileSync(file("ca.pem"), made.ca);
    writeFileSync(file("server.pem"), made.certificate);
  }
  return {
    key: readFileSync(file("server.key"), "utf8"),
    certificate: readFileSync(file("server.pem"), "utf8"),
    caFile: file("ca.pem"),
  };
}

function expired(pem: string): boolean {
  return new x509.X509Certificate(pem).notAfter.getTime() < machineTime() + 86_400_000;
}

async function makeCertificates(): Promise<{ key: string; certificate: string; ca: string }> {
  x509.cryptoProvider.set(webcrypto as never);
  const dates = { notBefore: new Date(machineTime() - 86_400_000), notAfter: new Date(machineTime() + validFor) };
  const caKeys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    // A name of its own: a process that trusts several of them could otherwise try the wrong one.
    name: `CN=Goldsmith local Azure CA ${randomBytes(4).toString("hex")}`,
    ...dates,
    signingAlgorithm: algorithm,
    keys: caKeys as webcrypto.CryptoKeyPair,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const server = await x509.X509CertificateGenerator.create({
    serialNumber: "02",
    subject: "CN=localhost",
    issuer: ca.subject,
    ...dates,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
      ]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  return { key: await pemOfKey(keys.privateKey), certificate: server.toString("pem"), ca: ca.toString("pem") };
}

async function pemOfKey(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

/** TLS looks at the machine's clock (ms), whatever `Date` tells in an emulated time. */
const machineTime = () => performance.timeOrigin + performance.now();
