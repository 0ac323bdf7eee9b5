/** One value of an image template as its OpenAPI documents describe it; `since` is the api-version that brought a member. */
export type Shape =
  | { readonly kind: "text" | "whole" | "flag" | "anything" }
  | { readonly kind: "oneOf"; readonly values: readonly string[] }
  | { readonly kind: "list"; readonly of: Shape }
  | { readonly kind: "map"; readonly of: Shape }
  | { readonly kind: "object"; readonly go: string; readonly members: Members }
  | {
      readonly kind: "union";
      readonly go: string;
      readonly common: Members;
      readonly variants: { readonly [type: string]: Variant };
    };

/** One member of an object. */
export interface Member {
  readonly shape: Shape;
  readonly since?: string;
  /** What a GET shows and a PUT may repeat, without effect. */
  readonly readOnly?: true;
}

/** The members of an object by their names in canonical casing. */
export type Members = { readonly [name: string]: Member };

interface Variant {
  readonly go: string;
  readonly members: Members;
}

/** Versions of the API that the emulator speaks (image-builder.md §1.1). */
export const apiVersions: readonly string[] = [
  "2020-02-14",
  "2021-10-01",
  "2022-02-14",
  "2022-07-01",
  "2023-07-01",
  "2024-02-01",
  "2025-10-01",
];

/** From this version on an unknown or mis-cased field is refused. */
export const strictFrom = "2024-02-01";

/** A string. */
export const text: Shape = { kind: "text" };
/** A 32-bit integer. */
export const whole: Shape = { kind: "whole" };
/** A boolean. */
export const flag: Shape = { kind: "flag" };
/** A list of strings. */
export const texts: Shape = { kind: "list", of: text };
/** Tags: names and values are data. */
export const tagMap: Shape = { kind: "map", of: text };

/** A member that every version knows, or one that came with `since`. */
export function member(shape: Shape, since?: string): Member {
  return since ? { shape, since } : { shape };
}

/** A member that only the service writes. */
export function readOnly(shape: Shape, since?: string): Member {
  return { ...member(shape, since), readOnly: true };
}

/** An object; `go` is the name of its type in the service's error texts. */
export function objectShape(go: string, members: Members): Shape {
  return { kind: "object", go, members };
}
