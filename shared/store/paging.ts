import { Refused } from "../problem.ts";

const defaultLimit = 50;
const mostLimit = 200;

/** How many rows a page has. */
export const limitOf = (wanted: number | undefined): number =>
  Math.min(Math.max(Math.trunc(wanted ?? defaultLimit), 1), mostLimit);

/** The cursor of what comes after a row, which is known by its place in the order of the list (`<newestFirst>_<key>`). */
export const cursorOf = (place: string): string => Buffer.from(place).toString("base64url");

/** The place that a cursor stands for; refuses what is none. */
export function positionOf(cursor: string): string {
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  if (/^\d{16}_[A-Za-z0-9.~-]+$/.test(text)) return text;
  throw wrongFilter("cursor", "not a cursor of this list: take it from the page before");
}

/** The refusal of a filter. */
export function wrongFilter(field: string, detail: string): Refused {
  const errors = [{ pointer: `/${field}`, detail }];
  return new Refused({ code: "InvalidFilter", title: `The filter ${field} cannot be used`, status: 400, errors });
}
