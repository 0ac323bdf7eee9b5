import { carries } from "../../functions/carrier.ts";
import type { Settings } from "../../shared/config.ts";
import { storeOfFile } from "../shared/store/account.ts";

const open = storeOfFile();
const hour = 3_600_000;
afterEach(() => jest.restoreAllMocks());

test("a build is carried by the hub that took it first, and by another only after an hour without a sign of life", async () => {
  const store = open();
  const hub = (taskHub: string) => () => carries({ store, settings: { taskHub } as Settings }, "ubuntu-1");
  const [blue, green] = [hub("blue"), hub("green")];
  expect([await blue(), await green(), await blue()]).toEqual([true, false, true]);
  const begin = Date.now();
  const clock = jest.spyOn(Date, "now").mockReturnValue(begin + 0.9 * hour);
  expect([await blue(), await green()]).toEqual([true, false]);
  clock.mockReturnValue(begin + 2 * hour);
  expect([await green(), await blue()]).toEqual([true, false]);
});
