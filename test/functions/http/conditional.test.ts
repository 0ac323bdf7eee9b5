import type { HttpRequest } from "@azure/functions";
import { answerWhenChanged } from "../../../functions/http/conditional.ts";

const asking = (headers: Record<string, string>) => ({ headers: new Headers(headers) }) as unknown as HttpRequest;
const etagOf = async (body: unknown) => {
  const { headers } = await answerWhenChanged(asking({}), async () => ({ body, over: true }));
  return (headers as Record<string, string>).etag ?? "";
};

test("the ETag changes with the body and with nothing else", async () => {
  expect(await etagOf({ state: "running" })).toBe(await etagOf({ state: "running" }));
  expect(await etagOf({ state: "running" })).not.toBe(await etagOf({ state: "failed" }));
});

test("a weak tag, one of several, and * all match", async () => {
  const etag = await etagOf(1);
  for (const known of [`W/${etag}`, `"other", ${etag}`, "*"])
    expect(
      await answerWhenChanged(asking({ "if-none-match": known }), async () => ({ body: 1, over: false })),
    ).toMatchObject({ status: 304 });
});

test("a wait ends with the change", async () => {
  let looks = 0;
  const look = async () => ({ body: looks++ > 0 ? "new" : "old", over: false });
  const answer = await answerWhenChanged(asking({ prefer: "respond-async, wait=30" }), look);
  expect(answer).toMatchObject({ body: '"new"', headers: { "preference-applied": "wait=30" } });
});

test("what will not change is not waited for, and nobody waits longer than a minute", async () => {
  const started = performance.now();
  const answer = await answerWhenChanged(asking({ prefer: "wait=86400" }), async () => ({ body: 1, over: true }));
  expect(performance.now() - started).toBeLessThan(500);
  expect(answer).toMatchObject({ headers: { "preference-applied": "wait=60" } });
});

test("what moves by the clock alone is shown, but is no news", async () => {
  let percent = 0;
  const look = async () => ({ body: { state: "running" }, estimate: { progress: percent++ }, over: false });
  const first = await answerWhenChanged(asking({}), look);
  const { etag = "" } = first.headers as Record<string, string>;
  expect(JSON.parse(String(first.body))).toEqual({ state: "running", progress: 0 });
  expect(await answerWhenChanged(asking({ "if-none-match": etag }), look)).toMatchObject({ status: 304 });
});
