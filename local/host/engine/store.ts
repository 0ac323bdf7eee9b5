import type { DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite";
import { type HistoryEvent, historyEvent, type NewEvent, type RuntimeStatus } from "./events.ts";

/** Who started a child, and under which of its own numbers. */
export interface Parent {
  readonly instance: string;
  readonly execution: string;
  readonly task: number;
  readonly name: string;
}

/** One orchestration as the hub keeps it. Times in ms; `input`, `output`, `custom` are JSON texts (or plain text on failure). */
export interface Instance {
  readonly id: string;
  readonly execution: string;
  readonly name: string;
  readonly version: string | null;
  readonly status: RuntimeStatus;
  readonly input: string | null;
  readonly output: string | null;
  readonly custom: string | null;
  readonly created: number;
  readonly updated: number;
  readonly parent: Parent | null;
}

/** A message waiting for an instance. */
export interface Message {
  readonly n: number;
  readonly execution: string | null;
  readonly event: HistoryEvent;
}

/** An activity waiting for a worker. */
export interface WorkItem {
  readonly n: number;
  readonly instance: string;
  readonly execution: string;
  readonly task: number;
  readonly name: string;
  readonly input: string | null;
}

type Row = Record<string, SQLOutputValue>;

/** The rows of the hub. Writing functions are to be called inside a transaction (`Committer.write`). */
export type Store = ReturnType<typeof openStore>;

/** What a transaction left to do: instances with new messages and when they are due, and new activities. */
export interface Outbox {
  readonly wake: { readonly instance: string; readonly due: number }[];
  readonly work: WorkItem[];
  /** Due times may have gone: the next one is to be looked up anew. */
  timersDropped: boolean;
}

/** When a message that is due at `due` (0: at once) really arrives; an unkind hub may delay it. */
export type Delay = (due: number, eventType: number) => number;

export function openStore(hub: DatabaseSync, now: () => number, outbox: Outbox, delay: Delay) {
  const prepare = (sql: string) => hub.prepare(sql);
  const one = prepare("SELECT * FROM instances WHERE id=?");
  const put =
    prepare(`INSERT OR REPLACE INTO instances(id,execution,name,version,status,input,output,custom,created,updated,
    parent,parent_execution,parent_task,parent_name) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)`);
  const update = prepare(
    "UPDATE instances SET execution=?,status=?,input=?,output=?,custom=?,updated=? WHERE id=? AND execution=?",
  );
  const readHistory = prepare("SELECT event FROM history WHERE instance=? ORDER BY seq");
  const addHistory = prepare("INSERT INTO history(instance,seq,event) VALUES(?,?,?)");
  const readInbox = prepare("SELECT n,execution,event FROM inbox WHERE instance=? AND due<=? ORDER BY due,n");
  const addInbox = prepare("INSERT INTO inbox(instance,execution,due,event) VALUES(?,?,?,?)");
  const dropInbox = prepare("DELETE FROM inbox WHERE n=?");
  const dropInboxOf = prepare("DELETE FROM inbox WHERE instance=? AND (execution=? OR ? IS NULL)");
  const nextDue = prepare("SELECT min(due) AS due FROM inbox WHERE due>?");
  const readyNow = prepare("SELECT DISTINCT instance FROM inbox WHERE due<=?");
  const addWork = prepare("INSERT INTO work(instance,execution,task,name,input) VALUES(?,?,?,?,?)");
  const dropWork = prepare("DELETE FROM work WHERE n=?");
  const countAttempt = prepare("UPDATE work SET attempts=attempts+1 WHERE n=? RETURNING attempts");
  const allWork = prepare("SELECT * FROM work ORDER BY n");
  const clear = ["history", "inbox", "work"].map((table) => prepare(`DELETE FROM ${table} WHERE instance=?`));
  const clearHistory = clear[0]!;
  const forget = prepare("DELETE FROM instances WHERE id=?");

  return {
    instance(id: string): Instance | undefined {
      const row = one.get(id);
      return row && instanceOf(row);
    },
    putInstance(it: Instance): void {
      const { parent } = it;
      put.run(it.id, it.execution, it.name, it.version, it.status, it.input, it.output, it.custom, it.created, it.updated,
        parent?.instance ?? null, parent?.execution ?? null, parent?.task ?? null, parent?.name ?? null); // biome-ignore format: one row
    },
    /** Changes what a turn may change. False when the instance is gone or has been replaced meanwhile. */
    updateInstance(it: Instance, execution: string): boolean {
      return (
        update.run(it.execution, it.status, it.input, it.output, it.custom, it.updated, it.id, execution).changes > 0
      );
    },
    history: (id: string): HistoryEvent[] => readHistory.all(id).map((row) => JSON.parse(row.event as string)),
    appendHistory(id: string, from: number, events: readonly HistoryEvent[]): void {
      let seq = from;
      for (const event of events) addHistory.run(id, seq++, JSON.stringify(event));
    },
    clearHistory: (id: string): void => void clearHistory.run(id),
    /** Removes everything an id left behind, before it is used again or for good. */
    clearInstance(id: string): void {
      for (const statement of clear) statement.run(id);
      forget.run(id);
      outbox.timersDropped = true;
    },
    /** Puts a message into an instance's inbox, for its present execution when none is named. */
    send(instance: string, event: NewEvent, execution: string | null = null, due = 0): void {
      const at = delay(due, event.EventType);
      addInbox.run(instance, execution, at, JSON.stringify(historyEvent(event, Math.max(now(), due))));
      outbox.wake.push({ instance, due: at });
    },
    messages: (id: string, at: number): Message[] =>
      readInbox.all(id, Math.floor(at)).map((row) => ({
        n: row.n as number,
        execution: row.execution as string | null,
        event: JSON.parse(row.event as string),
      })),
    dropMessage: (n: number): void => void dropInbox.run(n),
    /** Throws away what still waits for an execution (or for all of the instance's): only timers can be left by then. */
    dropMessages(id: string, execution: string | null): void {
      dropInboxOf.run(id, execution, execution);
      outbox.timersDropped = true;
    },
    nextDue: (after: number) => nextDue.get(Math.floor(after))?.due as number | null,
    ready: (at: number) => readyNow.all(Math.floor(at)).map((row) => row.instance as string),
    addWork(item: Omit<WorkItem, "n">): void {
      const { lastInsertRowid } = addWork.run(item.instance, item.execution, item.task, item.name, item.input);
      outbox.work.push({ n: Number(lastInsertRowid), ...item });
    },
    /** True for the first result of an activity; a second one finds nothing. */
    finishWork: (n: number): boolean => dropWork.run(n).changes > 0,
    countAttempt: (n: number) => countAttempt.get(n)?.attempts as number | undefined,
    work: () => allWork.all() as unknown as WorkItem[],
    select: (sql: string, ...values: SQLInputValue[]) => prepare(sql).all(...values),
    run: (sql: string, ...values: SQLInputValue[]): void => void prepare(sql).run(...values),
  };
}

/** An instance out of its row. */
export function instanceOf(row: Row): Instance {
  const parent = row.parent as string | null;
  return {
    ...(row as unknown as Instance),
    parent:
      parent === null
        ? null
        : {
            instance: parent,
            execution: row.parent_execution as string,
            task: row.parent_task as number,
            name: row.parent_name as string,
          },
  };
}
