/** Goes to the view of one thing. */
export function goTo(kind: "builds" | "plan" | "audits", id: string): void {
  location.hash = `#/${kind}/${encodeURIComponent(id)}`;
}
