/** Whether a route value is acceptable. Written as in ASP.NET: `int`, `length(2,5)`, `regex(^a+$)`, … */
export type Constraint = (value: string) => boolean;

const guid =
  /^(\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$/i;
const wholeNumber = /^[+-]?\d+$/;
const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const real = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

const between = (value: string, low: bigint, high: bigint) =>
  wholeNumber.test(value) && BigInt(value) >= low && BigInt(value) <= high;
const [intMin, intMax] = [-(2n ** 31n), 2n ** 31n - 1n];
const [longMin, longMax] = [-(2n ** 63n), 2n ** 63n - 1n];
const isLong: Constraint = (value) => between(value, longMin, longMax);

const simple: Readonly<Record<string, Constraint>> = {
  int: (value) => between(value, intMin, intMax),
  long: isLong,
  guid: (value) => guid.test(value),
  alpha: (value) => /^[a-z]*$/i.test(value),
  bool: (value) => /^(true|false)$/i.test(value),
  datetime: (value) => !Number.isNaN(Date.parse(value)),
  decimal: (value) => decimal.test(value),
  double: (value) => real.test(value),
  float: (value) => real.test(value),
  required: (value) => value.length > 0,
  file: (value) => /\.[^/.]+$/.test(value),
  nonfile: (value) => !/\.[^/.]+$/.test(value),
};

type Maker = (...numbers: number[]) => Constraint;
const withNumbers: Readonly<Record<string, Maker>> = {
  min: (low) => (value) => isLong(value) && Number(value) >= low!,
  max: (high) => (value) => isLong(value) && Number(value) <= high!,
  range: (low, high) => (value) => isLong(value) && Number(value) >= low! && Number(value) <= high!,
  minlength: (least) => (value) => value.length >= least!,
  maxlength: (most) => (value) => value.length <= most!,
  length:
    (least, most = least) =>
    (value) =>
      value.length >= least! && value.length <= most!,
};

/** Makes one constraint of its text; throws for one that ASP.NET does not know, as the real host does at start. */
export function constraint(text: string): Constraint {
  const found = /^(\w+)(?:\((.*)\))?$/s.exec(text);
  const name = found?.[1]?.toLowerCase() ?? "";
  const argument = found?.[2];
  if (name === "regex" && argument !== undefined) {
    const pattern = new RegExp(argument.replaceAll("{{", "{").replaceAll("}}", "}"), "i");
    return (value) => pattern.test(value);
  }
  const made = argument === undefined ? simple[name] : withNumbers[name]?.(...argument.split(",").map(Number));
  if (!made) throw new Error(`the route constraint "${text}" is unknown`);
  return made;
}
