import { defaultSwitches, type Switches } from "./switches.ts";

/** The switches that take one of a few values. */
const choices: Readonly<Partial<Record<keyof Switches, readonly unknown[]>>> = {
  guardStatus: [409, 405],
  runEventAt: ["completion", "acceptance"],
  assignmentUpdateStatus: [400, 409],
  networkConcurrency: ["conflict", "retryable", "retryableWithoutRetryAfter", "supersede"],
  cancelledOperationStatus: ["Canceled", "Failed"],
};
/** Every switch that is true or false, or one of a few values, with all its positions. */
export const switchPositions: Readonly<Partial<Record<keyof Switches, readonly unknown[]>>> = {
  ...Object.fromEntries(
    Object.entries(defaultSwitches).flatMap(([name, value]) =>
      typeof value === "boolean" ? [[name, [true, false]]] : [],
    ),
  ),
  ...choices,
};

const shares: readonly (keyof Switches)[] = ["eventLoss", "eventDoubling", "earlyReadShare"];

/** Reads switches from JSON (`POST /emulator/switches`); throws an Error that names what is wrong. */
export function readSwitches(values: Readonly<Record<string, unknown>>): Partial<Switches> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (!isSwitch(name))
        throw new Error(`there is no switch ${name}; there are ${Object.keys(defaultSwitches).join(", ")}`);
      checkSwitch(name, value);
      return [name, value];
    }),
  ) as Partial<Switches>;
}

/** Reads `name=value` from a command line: a value in JSON, a pair of seconds as `from,to`, a list of words with commas, or a word. */
export function readSwitchFlag(text: string): Partial<Switches> {
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(0, at));
  if (!isSwitch(name)) return readSwitches({ [at < 0 ? text : name]: undefined });
  return readSwitches({ [name]: flagValue(text.slice(at + 1), defaultSwitches[name]) });
}

function flagValue(text: string, standard: unknown): unknown {
  if (Array.isArray(standard) && !text.startsWith("[")) {
    const parts = text.split(",").filter(Boolean);
    return typeof standard[0] === "number" ? parts.map(Number) : parts;
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isSwitch(name: string): name is keyof Switches {
  return Object.hasOwn(defaultSwitches, name);
}

function checkSwitch(name: keyof Switches, value: unknown): void {
  const standard: unknown = defaultSwitches[name];
  const allowed = choices[name];
  if (allowed) {
    if (!allowed.includes(value)) throw new Error(`${name} is one of ${allowed.join(", ")}`);
  } else if (Array.isArray(standard)) {
    checkList(name, standard, value);
  } else if (typeof value !== typeof standard || (typeof value === "number" && !(value >= 0))) {
    throw new Error(`${name} is a ${typeof standard}${typeof standard === "number" ? " of 0 or more" : ""}`);
  } else if (shares.includes(name) && Number(value) > 1) {
    throw new Error(`${name} is a share from 0 to 1`);
  }
}

function checkList(name: string, standard: readonly unknown[], value: unknown): void {
  const pair = typeof standard[0] === "number";
  const list: readonly unknown[] = Array.isArray(value) ? value : [undefined];
  const fits = list.every((one) => (pair ? typeof one === "number" && one >= 0 : typeof one === "string"));
  if (!fits || (pair && list.length !== 2))
    throw new Error(pair ? `${name} is a pair of numbers` : `${name} is a list of words`);
}
