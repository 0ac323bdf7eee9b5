/** Where the body that a build creates (or found) is kept: too large and too private for durable history. */
export const bodyDocument = (buildId: string) => `builds/${buildId}/template.json`;

/** Where the plan of a build is kept. */
export const planDocument = (buildId: string) => `builds/${buildId}/plan.json`;
