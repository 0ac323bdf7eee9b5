/** What things cost. Prices are of one hour, or of one GiB and month for storage. */
export interface Prices {
  /** ISO 4217. */
  readonly currency: string;
  /** ISO date of the table. */
  readonly date: string;
  /** Linux price of a VM size; sizes in any casing are the same. */
  readonly vm: Readonly<Record<string, number>>;
  /** What Windows adds for each core. */
  readonly windowsPerCore: number;
  readonly containerCore: number;
  readonly containerGiB: number;
  /** A stored image by the account type of its copies. */
  readonly storage: Readonly<Record<string, number>>;
  /** A VHD in a storage account. */
  readonly blobStorage: number;
}

/**
 * Public list prices of Azure, pay as you go, East US, in US dollars, as public sources quote them; not read from
 * Azure's price API, and nobody's contract. `GOLDSMITH_PRICES` puts one's own in their place.
 */
export const listPrices: Prices = {
  currency: "USD",
  date: "2026-11-25",
  vm: {
    Standard_A1_v2: 0.043,
    Standard_B2s: 0.0416,
    Standard_B2ms: 0.0832,
    Standard_D1_v2: 0.073,
    Standard_DS1_v2: 0.073,
    Standard_D2_v2: 0.146,
    Standard_DS2_v2: 0.146,
    Standard_D2s_v3: 0.096,
    Standard_D4s_v3: 0.192,
    Standard_D8s_v3: 0.384,
    Standard_D2ds_v4: 0.113,
    Standard_D4ds_v4: 0.226,
    Standard_D8ds_v4: 0.452,
    Standard_D2s_v5: 0.096,
    Standard_D4s_v5: 0.192,
    Standard_D8s_v5: 0.384,
    Standard_D2ds_v5: 0.113,
    Standard_D4ds_v5: 0.226,
    Standard_D8ds_v5: 0.452,
    Standard_D2as_v5: 0.086,
    Standard_D4as_v5: 0.172,
    Standard_D2ads_v5: 0.103,
    Standard_D4ads_v5: 0.206,
    Standard_E2s_v5: 0.126,
    Standard_F2s_v2: 0.0846,
    Standard_F4s_v2: 0.169,
  },
  windowsPerCore: 0.046,
  containerCore: 0.0405,
  containerGiB: 0.00445,
  storage: { Standard_LRS: 0.05, Standard_ZRS: 0.05, Premium_LRS: 0.12 },
  blobStorage: 0.0184,
};

/** Somebody's own prices over the list: what they do not name stays. */
export const withPrices = (own: Partial<Prices>): Prices => ({
  ...listPrices,
  ...own,
  vm: { ...listPrices.vm, ...own.vm },
  storage: { ...listPrices.storage, ...own.storage },
});
