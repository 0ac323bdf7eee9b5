import { runGoldsmith } from "./run.ts";

// Whoever reads only the beginning (`| head`) has enough: that is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});
process.exitCode = await runGoldsmith(process.argv.slice(2));
// Pipes are written to the end before the process goes; an embedded Goldsmith may still hold sockets.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done))));
process.exit();
