import { z } from "zod";
import { type Prices, withPrices } from "../decide/builds/prices.ts";

const price = z.number().min(0);
const byName = z.record(z.string(), price);

/** `GOLDSMITH_PRICES`: what differs from the list prices. Whoever gives prices says of which day they are. */
export const pricesSchema: z.ZodType<Prices> = z
  .strictObject({
    currency: z.string().regex(/^[A-Z]{3}$/, "three letters, such as EUR"),
    date: z.iso.date(),
    vm: byName,
    windowsPerCore: price,
    containerCore: price,
    containerGiB: price,
    storage: byName,
    blobStorage: price,
  })
  .partial()
  .refine((own) => Object.keys(own).length === 0 || own.date !== undefined, {
    path: ["date"],
    message: "say of which day the prices are",
  })
  .transform((own) => withPrices(own as Partial<Prices>));
