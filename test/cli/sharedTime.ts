import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers/promises";
import { sharedClock } from "../../local/clock.ts";
import { useVirtualTime } from "../../local/host/virtualTime.ts";

/** Loaded ahead of a command (`--import`): it lives in the time of an emulator whose clock runs faster than the wall. */
const clock = sharedClock(process.env.SHARED_TIME ?? "", 1);
useVirtualTime(clock);
const pause = timers.setTimeout;
timers.setTimeout = (ms, value, options) => pause((ms ?? 0) / clock.speed, value, options);
syncBuiltinESMExports();
