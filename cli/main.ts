import { runGoldsmith } from "./run.ts";

process.exitCode = await runGoldsmith(process.argv.slice(2));
// Pipes are written to the end before the process goes; an embedded Goldsmith may still hold sockets.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done))));
process.exit();
