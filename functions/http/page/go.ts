/** Goes to the view of one thing. */
export function goTo(kind: "builds" | "plan" | "audits" | "proofs" | "channels", id: string): void {
  location.hash = `#/${kind}/${encodeURIComponent(id)}`;
}
