import { html } from "./html.ts";
import { Confirmed } from "./parts.ts";

/** What an approver says, and why where something was said; the key is the approver's. */
interface Said {
  readonly decision: "approve" | "reject";
  readonly reason?: string;
}

interface Asked {
  /** What is decided about, for titles and for who hears the buttons alone: `production of ubuntu-2404 to 1.0.7`. */
  readonly what: string;
  /** What follows from either, in a sentence. */
  readonly yes: string;
  readonly no: string;
  readonly say: (said: Said, key: string | undefined) => Promise<void>;
}

/** The two answers to something that waits for an approver, each asked about first. */
export function Decide({ what, yes, no, say }: Asked) {
  const act = (decision: Said["decision"]) => (key: string | undefined, form: FormData) => {
    const reason = String(form.get("reason") ?? "").trim();
    return say({ decision, ...(reason ? { reason } : {}) }, key);
  };
  const why = html`<label class="field">Why (may be empty)<input name="reason" minlength="3" maxlength="250" autocomplete="off" /></label>`;
  return html`
    <div class="actions">
      <${Confirmed} label="Approve" hint=${what} verb="Approve it" title=${`Approve ${what}?`} approver act=${act("approve")}><p>${yes}</p>${why}<//>
      <${Confirmed} label="Reject" hint=${what} verb="Reject it" title=${`Reject ${what}?`} approver dangerous act=${act("reject")}><p>${no}</p>${why}<//>
    </div>
  `;
}
