import type { VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Build } from "../../../shared/build.ts";
import { shortId } from "../../../shared/decide/armId.ts";
import type { DeliveryState } from "../../../shared/delivery.ts";
import { Failure, type ShownProblem, shown } from "./api.ts";
import { html } from "./html.ts";
import { auth } from "./session.ts";
import { doing, exactly, moment, toneOf } from "./words.ts";

/** Parts that several views are made of. */

/** A state, as a word with a colour. */
export const State = ({ build }: { readonly build: Pick<Build, "state" | "stage"> }) =>
  html`<span class="state ${toneOf(build.state)}">${doing(build)}</span>`;

/** How a message to somebody fared. */
export const Told = ({ state }: { readonly state: DeliveryState }) =>
  html`<span class="state ${state === "delivered" ? "good" : state === "pending" ? "waits" : "bad"}">${state}</span>`;

/** A moment; the exact one where the pointer rests. */
export const Time = ({ at }: { readonly at: string }) =>
  html`<time datetime=${at} title=${exactly(at)}>${moment(at)}</time>`;

/** An ARM id, short, with the whole of it where the pointer rests. */
export const Id = ({ id }: { readonly id: string }) => html`<span class="id" title=${id}>${broken(shortId(id))}</span>`;

/** A long path may break behind its slashes. */
const broken = (text: string) => text.split("/").flatMap((part, i) => (i === 0 ? [part] : ["/", html`<wbr />`, part]));

/** A problem with what to do next. */
export const Trouble = ({ problem, calm = false }: { readonly problem: ShownProblem; readonly calm?: boolean }) => html`
  <div class="trouble ${calm ? "calm" : ""}" role=${calm ? "note" : "alert"}>
    <p><strong>${problem.title}</strong> <code>${problem.code}</code></p>
    ${problem.detail && html`<p>${problem.detail}</p>`}
    ${
      problem.errors &&
      problem.errors.length > 0 &&
      html`<ul>${problem.errors.map(({ pointer, detail }) => html`<li><code>${pointer || "the request"}</code> ${detail}</li>`)}</ul>`
    }
    ${problem.fix && problem.fix.length > 0 && html`<ol>${problem.fix.map((step) => html`<li>${step}</li>`)}</ol>`}
  </div>
`;

/** Nothing yet. */
export const Empty = ({ children }: { readonly children: unknown }) => html`<p class="empty">${children}</p>`;

/** What a person is asked before something is done. */
export interface Question {
  readonly title: string;
  readonly children?: VNode | readonly VNode[];
  /** What the button says: what will be done. */
  readonly verb: string;
  readonly dangerous?: boolean;
  /** With keys, this takes the master key, which is asked for and not kept. */
  readonly approver?: boolean;
  /** Given the approver's key, and what was filled in among `children`. */
  act(approverKey: string | undefined, form: FormData): Promise<void>;
}

/** A button that asks before it acts. */
export function Confirmed({
  label,
  hint,
  look = "primary",
  disabled,
  ...question
}: Question & {
  readonly label: string;
  /** What the label is about, for who hears it without what stands around it. */
  readonly hint?: string;
  /** Where it is one of many (`second`), or seldom wanted (`bare`), it does not stand out. */
  readonly look?: "primary" | "second" | "bare";
  readonly disabled?: boolean;
}) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  // Where what was done takes the button away, the focus does not fall to the top of the document; only a layout effect is undone while it stands.
  useLayoutEffect(() => {
    const it = button.current;
    return () => void (document.activeElement === it && document.querySelector("h1")?.focus());
  }, []);
  return html`
    <button type="button" ref=${button} class=${question.dangerous && look === "primary" ? "danger" : look} disabled=${disabled} onClick=${() => setOpen(true)}>${label}${hint && html`<span class="unseen"> ${hint}</span>`}</button>
    ${open && html`<${Dialog} ...${question} close=${() => setOpen(false)} />`}
  `;
}

function Dialog({ title, children, verb, dangerous, approver, act, close }: Question & { readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState<ShownProblem>();
  const [busy, setBusy] = useState(false);
  // Closing gives the focus back to who asked, which must have happened before anything else is taken away.
  useLayoutEffect(() => {
    const it = dialog.current;
    it?.showModal();
    return () => it?.close();
  }, []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const key = form.get("approver");
    try {
      await act(key ? String(key) : undefined, form);
      close();
    } catch (error) {
      setProblem(error instanceof Failure && error.status === 401 && approver ? needsMaster : shown(error));
      setBusy(false);
    }
  };
  return html`
    <dialog ref=${dialog} aria-labelledby="question" onClose=${close}>
      <form onSubmit=${submit}>
        <h2 id="question">${title}</h2>
        <div class="stack">${children}</div>
        ${
          approver &&
          auth === "keys" &&
          html`<label class="field">Key of an approver (the master key)
            <input name="approver" type="password" autocomplete="off" required />
            <small>Used for this once, and not kept.</small></label>`
        }
        ${problem && html`<${Trouble} problem=${problem} />`}
        <div class="buttons">
          <button type="button" onClick=${() => dialog.current?.close()}>Back</button>
          <button type="submit" class=${dangerous ? "danger" : "primary"} disabled=${busy}>${busy ? "Asking…" : verb}</button>
        </div>
      </form>
    </dialog>
  `;
}

const needsMaster: ShownProblem = {
  code: "ApproverKeyWanted",
  title: "That is not the key of an approver",
  fix: ["Enter the app's master key"],
};
