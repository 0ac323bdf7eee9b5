/** A task of the replay. Continuations run at once, in order: the framework's replay has one thread and no queue. */
export interface Task {
  readonly state: "open" | "done" | "failed";
  settle(failed: boolean): void;
  /** Runs `next` when the task has ended; now, when it has already. */
  then_(next: (failed: boolean) => void): void;
}

/** A task that has not ended yet. */
export function openTask(): Task {
  let state: Task["state"] = "open";
  let waiting: ((failed: boolean) => void)[] = [];
  return {
    get state() {
      return state;
    },
    settle(failed) {
      if (state !== "open") return;
      state = failed ? "failed" : "done";
      const next = waiting;
      waiting = [];
      for (const one of next) one(failed);
    },
    then_(next) {
      if (state === "open") waiting.push(next);
      else next(state === "failed");
    },
  };
}

/** A task that ended as soon as it began. */
export function endedTask(failed = false): Task {
  const task = openTask();
  task.settle(failed);
  return task;
}

/** Ends when all have ended: unlike JavaScript's, .NET's WhenAll waits for the others after one has failed. */
export function whenAll(tasks: readonly Task[]): Task {
  const all = openTask();
  let open = tasks.length;
  let anyFailed = false;
  if (open === 0) all.settle(false);
  for (const task of tasks)
    task.then_((failed) => {
      anyFailed ||= failed;
      open -= 1;
      if (open === 0) all.settle(anyFailed);
    });
  return all;
}

/** Ends when the first has ended. */
export function whenAny(tasks: readonly Task[]): Task {
  const any = openTask();
  for (const task of tasks) task.then_(() => any.settle(false));
  return any;
}
