import fc from "fast-check";
import { partOf } from "../../../functions/http/paging.ts";

const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { maxLength: 40 });
const newestFirst = (all: readonly string[]) => [...all].sort().reverse();

function walked(lists: (page: number) => readonly string[], limit: number): string[] {
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; ; page++) {
    const part = partOf(lists(page), { limit, cursor });
    seen.push(...part.names);
    if (part.cursor === undefined) return seen;
    cursor = part.cursor;
  }
}

test("pages follow one another without gap or double", () => {
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 9 }), (all, limit) => {
      expect(walked(() => newestFirst(all), limit)).toEqual(newestFirst(all));
    }),
  );
});

test("what comes or goes meanwhile moves no page: what stands all along is shown exactly once", () => {
  fc.assert(
    fc.property(names, names, fc.integer({ min: 1, max: 9 }), (standing, passing, limit) => {
      const others = passing.filter((one) => !standing.includes(one));
      const lists = (page: number) => newestFirst(page % 2 === 0 ? standing : [...standing, ...others]);
      const seen = walked(lists, limit).filter((one) => standing.includes(one));
      expect(seen).toEqual(newestFirst(standing));
    }),
  );
});

test("a cursor that is none ends the list or begins it, and throws nothing", () => {
  for (const cursor of ["", "%%%", "=", "x".repeat(5_000)])
    expect(() => partOf(["b", "a"], { limit: 1, cursor })).not.toThrow();
});
