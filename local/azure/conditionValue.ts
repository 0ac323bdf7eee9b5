import type { Attribute, Condition, Quantifier } from "./conditions.ts";
import { actionMatches } from "./matching.ts";

/** What a condition is asked about: the action, and the values of an attribute (none when the request does not carry it). */
export interface Question {
  readonly action: string;
  readonly values: (attribute: Attribute) => readonly string[];
}

/** Whether the condition lets the assignment count. A comparison of a missing attribute is false (rbac-network-arm.md §0 no. 2). */
export function conditionHolds(condition: Condition, question: Question): boolean {
  switch (condition.kind) {
    case "or":
      return condition.parts.some((part) => conditionHolds(part, question));
    case "and":
      return condition.parts.every((part) => conditionHolds(part, question));
    case "not":
      return !conditionHolds(condition.part, question);
    case "actionMatches":
      return condition.patterns.some((pattern) => actionMatches(pattern, question.action));
    case "subOperationMatches":
      return false;
    case "exists":
      return question.values(condition.attribute).length > 0;
    case "compare": {
      const values = question.values(condition.attribute);
      return values.length > 0 && quantified(condition.quantifier, condition.operator, values, condition.values);
    }
  }
}

function quantified(
  quantifier: Quantifier | undefined,
  operator: string,
  left: readonly string[],
  right: readonly string[],
) {
  const compare = comparison(operator);
  switch (quantifier) {
    case "forallofanyvalues":
      return left.every((one) => right.some((other) => compare(one, other)));
    case "foranyofallvalues":
      return left.some((one) => right.every((other) => compare(one, other)));
    case "forallofallvalues":
      return left.every((one) => right.every((other) => compare(one, other)));
    default:
      return left.some((one) => right.some((other) => compare(one, other)));
  }
}

type Comparison = (left: string, right: string) => boolean;

function comparison(operator: string): Comparison {
  const ignoreCase = operator.endsWith("IgnoreCase") || operator.startsWith("Guid") || operator.startsWith("Bool");
  const name = operator.replace("IgnoreCase", "");
  const negated = /(?:String|Bool|Guid|Numeric|DateTime)Not/.test(name);
  const base = name.replace("Not", "");
  const positive = positives[base] ?? number(base);
  return (left, right) => {
    const holds = ignoreCase ? positive(left.toLowerCase(), right.toLowerCase()) : positive(left, right);
    return negated ? !holds : holds;
  };
}

const positives: Readonly<Record<string, Comparison>> = {
  StringEquals: (left, right) => left === right,
  GuidEquals: (left, right) => left === right,
  BoolEquals: (left, right) => left === right,
  StringStartsWith: (left, right) => left.startsWith(right),
  StringLike: (left, right) => like(right).test(left),
};

function number(operator: string): Comparison {
  const read = operator.startsWith("DateTime") ? (text: string) => Date.parse(text) : Number;
  const kind = operator.replace(/^(?:Numeric|DateTime)/, "");
  return (left, right) => {
    const difference = read(left) - read(right);
    if (kind === "Equals") return difference === 0;
    if (kind === "LessThan") return difference < 0;
    if (kind === "LessThanEquals") return difference <= 0;
    return kind === "GreaterThan" ? difference > 0 : difference >= 0;
  };
}

/** `*` and `?` are wildcards, `\*` and `\?` the characters themselves. */
function like(pattern: string): RegExp {
  const source = pattern.replace(/\\([*?])|([*?])|([.+^${}()|[\]\\])/g, (_, plain, wild, special) => {
    if (plain) return `\\${plain}`;
    return wild ? (wild === "*" ? ".*" : ".") : `\\${special}`;
  });
  return new RegExp(`^${source}$`, "s");
}
