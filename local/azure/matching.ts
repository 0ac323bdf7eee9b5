/** What a role definition, or one of its `permissions` entries, allows. */
export interface Permission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
  readonly condition?: string;
  readonly conditionVersion?: string;
}

const compiled = new Map<string, RegExp>();

/**
 * Whether an action pattern of a role covers `action`: in any casing, `*` spans slashes, and a `*` segment in the
 * middle may match no segment at all (else Managed Identity Operator could assign nothing; rbac-network-arm.md §1.6).
 */
export function actionMatches(pattern: string, action: string): boolean {
  let expression = compiled.get(pattern);
  if (!expression) {
    const plain = (text: string) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
    const wild = (part: string) => part.split("*").map(plain).join(".*");
    const source = pattern.split("/*/").map(wild).join("(?:/.*)?/");
    expression = new RegExp(`^${source}$`, "i");
    compiled.set(pattern, expression);
  }
  return expression.test(action);
}

/** Whether one permission entry allows the action: what is listed, less what is excluded (a subtraction, not a denial). */
export function permits(permission: Permission, action: string, dataAction: boolean): boolean {
  const listed = dataAction ? permission.dataActions : permission.actions;
  const excluded = dataAction ? permission.notDataActions : permission.notActions;
  return (
    listed.some((pattern) => actionMatches(pattern, action)) &&
    !excluded.some((pattern) => actionMatches(pattern, action))
  );
}
