/** Where the body that a build creates (or found) is kept: too large and too private for durable history. */
export const bodyDocument = (buildId: string) => `builds/${buildId}/template.json`;

/** Where the plan of a build is kept. */
export const planDocument = (buildId: string) => `builds/${buildId}/plan.json`;

/** Where the template is kept as it was found when the build was asked for. */
export const foundDocument = (buildId: string) => `builds/${buildId}/found.json`;
