import { forMinutes } from "../../../shared/azure/forMinutes.ts";

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test("what many ask for at once is asked for once, and again when it is old", async () => {
  let asked = 0;
  const once = forMinutes<number>(5);
  const ask = () => once("subscription", async () => ++asked);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
  expect(await once("another", async () => ++asked)).toBe(2);
  jest.advanceTimersByTime(4.9 * 60_000);
  expect(await ask()).toBe(1);
  jest.advanceTimersByTime(0.2 * 60_000);
  expect(await ask()).toBe(3);
});

test("a failure is told to everybody who waits for it, and then forgotten", async () => {
  const once = forMinutes<string>(5);
  const failing = async () => Promise.reject(new Error("not now"));
  const both = await Promise.allSettled([once("a", failing), once("a", failing)]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await once("a", async () => "now")).toBe("now");
});
