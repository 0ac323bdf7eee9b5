import { timestamp } from "../engine/events.ts";
import type { Invoked } from "./actions.ts";
import { timerLimits } from "./protocol.ts";
import { openTask, type Task } from "./task.ts";

/** One timer under one number. A cancelled one is over at once, though it will fire. */
export function singleTimer(state: Invoked, at: number, cancelled = false): Task {
  const { id, task } = state.ledger.schedule({ kind: "createTimer", fireAt: timestamp(at) });
  if (cancelled) {
    state.ledger.close(id);
    task.settle(false);
  }
  return task;
}

/** A timer of any length. The SDK sends the final moment only; the extension cuts long ones, each piece with a number. */
export function createTimer(state: Invoked, at: number, cancelled: boolean): Task {
  if (cancelled || at - state.now <= timerLimits.longest) return singleTimer(state, at, cancelled);
  const whole = openTask();
  const piece = (until: number) =>
    singleTimer(state, until).then_(() => {
      const left = at - state.now;
      if (left <= 0) whole.settle(false);
      else piece(state.now + Math.min(left, timerLimits.piece));
    });
  piece(state.now + timerLimits.piece);
  return whole;
}
