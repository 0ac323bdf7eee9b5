/** A text of Azure's without what nobody should keep: tokens, the query of any address (SAS and ARM signatures live there), addresses of operations. */
export function masked(text: string): string {
  return text
    .replace(/https?:\/\/[^\s'"<>]+/gi, plainAddress)
    .replace(/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)*/g, "(token)")
    .replace(/\bBearer\s+[\w.~+/-]{12,}=*/gi, "Bearer (token)")
    .replace(
      /([?&;\s](?:sig|signature|code|key|password|secret|AccountKey|SharedAccessKey)=)[^&\s'";]+/gi,
      "$1(hidden)",
    );
}

function plainAddress(address: string): string {
  const [bare = ""] = address.split(/[?#]/);
  if (/\/operation(?:s|results|statuses)\//i.test(bare)) return "(operation)";
  const withoutUser = bare.replace(/^(https?:\/\/)[^/@]*@/i, "$1");
  // What ended the sentence after a query belongs to the sentence.
  return bare === address ? withoutUser : `${withoutUser}${/[.,;)]+$/.exec(address)?.[0] ?? ""}`;
}
