import { fieldsOf, itemsOf, textOf } from "../decide/template/templateBody.ts";

/** Texts of a list; anything else in it is left out. */
export function textsOf(value: unknown): readonly string[] {
  return itemsOf(value).filter((item) => typeof item === "string");
}

/** `{[key]: text}` if there is such a text, else nothing: absent stays absent. */
export function textAt<K extends string>(key: K, value: unknown): { readonly [P in K]?: string } {
  const text = textOf(value);
  return (text === "" ? {} : { [key]: text }) as { readonly [P in K]?: string };
}

/** The `id` of `{id}`, as ARM refers to other resources; "" where there is none. */
export function idOf(reference: unknown): string {
  return textOf(fieldsOf(reference).id);
}

/** Tags of a resource. */
export function tagsOf(value: unknown): Readonly<Record<string, string>> {
  const pairs = Object.entries(fieldsOf(value)).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  return Object.fromEntries(pairs);
}
