import { useState } from "preact/hooks";
import { ask, Failure, type ShownProblem, shown } from "./api.ts";
import { html } from "./html.ts";
import { Trouble } from "./parts.ts";
import { auth, forgetKey, keepKey, signInAt } from "./session.ts";

/** The door: a key, or the tenant's sign-in. */
export function Enter({ entered }: { readonly entered: () => void }) {
  return html`
    <main class="door" id="content">
      <div class="card">
        <img src=${new URL("icon.svg", import.meta.url).href} alt="" width="56" height="56" />
        <h1 tabindex="-1">Goldsmith</h1>
        <p class="lead">Golden images on Azure, without touching Azure by hand.</p>
        ${auth === "entra" ? html`<p><a class="button primary" href=${signInAt}>Sign in</a></p>` : html`<${KeyForm} entered=${entered} />`}
      </div>
    </main>
  `;
}

function KeyForm({ entered }: { readonly entered: () => void }) {
  const [problem, setProblem] = useState<ShownProblem>();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget as HTMLFormElement).get("key") ?? "").trim();
    keepKey(key);
    try {
      await ask("GET builds", { query: { limit: 1 } });
      entered();
    } catch (error) {
      if (error instanceof Failure && error.status === 401) forgetKey();
      setProblem(shown(error));
    }
  };
  return html`
    <form onSubmit=${submit}>
      <label class="field">Function key<input name="key" type="password" autocomplete="off" required aria-describedby="kept" /></label>
      <small id="kept">Kept in this tab until it is closed; sent in a header, never in an address.</small>
      ${problem && html`<${Trouble} problem=${problem} />`}
      <div class="buttons"><button type="submit" class="primary">Enter</button></div>
    </form>
  `;
}
