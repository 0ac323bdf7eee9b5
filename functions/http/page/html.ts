import htm from "htm";
import { h, type VNode } from "preact";

type Markup = (strings: TemplateStringsArray, ...values: readonly unknown[]) => VNode;

/** Markup as a template string; text in it is text, whatever it holds. */
// Published types describe the CommonJS form, where the function lies one step deeper.
export const html = (htm as unknown as { bind(make: typeof h): Markup }).bind(h);
