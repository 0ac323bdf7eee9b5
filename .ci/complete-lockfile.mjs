/**
 * Completes package-lock.json. A registry that does not hold the binaries of other platforms (an offline mirror, for
 * one) makes `npm install` leave them out of the lockfile, and `npm ci` then refuses it as incomplete. Each is named
 * by the package that wants it: version as pinned there, platform as its name says. Run it after every `npm install`.
 */
import { readFileSync, writeFileSync } from "node:fs";

const file = "package-lock.json";
const lock = JSON.parse(readFileSync(file, "utf8"));
const { packages } = lock;
const platforms =
  /(?:^|[-/])(android|darwin|linux|win32|freebsd|openharmony)-(arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64)(?:-(\w+))?$/;

for (const wanting of Object.values({ ...packages }))
  for (const [name, version] of Object.entries(wanting.optionalDependencies ?? {})) {
    const at = `node_modules/${name}`;
    const platform = platforms.exec(name);
    if (!platform || packages[at]) continue;
    const [, os, cpu, flavour] = platform;
    const libc = flavour?.includes("musl") ? { libc: ["musl"] } : {};
    packages[at] = { version: version.replace(/^[\^~]/, ""), cpu: [cpu], dev: true, ...libc, optional: true, os: [os] };
    if (!wanting.dev) delete packages[at].dev;
  }

lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
