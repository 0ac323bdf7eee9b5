import { readFileSync } from "node:fs";

/** Makes this process trust the emulator's CA, as `NODE_EXTRA_CA_CERTS` would (Node reads that one only at its start). */
export function trust(caFile: string): void {
  const tls = process.getBuiltinModule("node:tls");
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), readFileSync(caFile, "utf8")]);
}
