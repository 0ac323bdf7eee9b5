import { isLoopback, isMeantForUs } from "../../../../local/host/http/loopback.ts";

test.each([
  ["localhost:7071", undefined, true],
  ["127.0.0.1:7071", undefined, true],
  ["[::1]:7071", undefined, true],
  ["LOCALHOST", undefined, true],
  ["localhost:7071", "http://localhost:7071", true],
  ["localhost:7071", "http://localhost:3000", false],
  ["localhost:7071", "https://evil.example", false],
  ["localhost:7071", "null", false],
  ["evil.example", undefined, false],
  ["evil.example:7071", "http://evil.example:7071", false],
  ["localhost.evil.example", undefined, false],
  [undefined, undefined, false],
])("host %s, origin %s: %s", (host, origin, meant) => {
  expect(isMeantForUs({ headers: { ...(host ? { host } : {}), ...(origin ? { origin } : {}) } })).toBe(meant);
});

test("an address that others reach is not guarded so: there the name is theirs", () => {
  expect(["127.0.0.1", "::1", "localhost", "0.0.0.0", "10.0.0.4"].map(isLoopback)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
