import { randomUUID } from "node:crypto";
import { eventTypes, type NewEvent } from "./events.ts";
import type { Instance, Parent, Store } from "./store.ts";

/** 32 hexadecimal digits, as the framework makes its ids. */
export function newId(): string {
  return randomUUID().replaceAll("-", "");
}

/** A new orchestration. `input` is JSON text, or null. */
export interface NewInstance {
  readonly id: string;
  readonly name: string;
  readonly version: string | null;
  readonly input: string | null;
  readonly parent: Parent | null;
}

/** Puts a new instance into the hub in place of whatever had its id, and the message that starts it. Inside a transaction. */
export function createInstance(store: Store, wanted: NewInstance, at: number): Instance {
  const instance: Instance = {
    ...wanted,
    execution: newId(),
    status: "Pending",
    output: null,
    custom: null,
    created: Math.floor(at),
    updated: Math.floor(at),
  };
  store.clearInstance(wanted.id);
  store.putInstance(instance);
  store.send(instance.id, startEvent(instance), instance.execution);
  return instance;
}

/** The event that starts an execution. */
export function startEvent(it: Pick<Instance, "id" | "execution" | "name" | "version" | "input" | "parent">): NewEvent {
  return {
    EventType: eventTypes.executionStarted,
    Name: it.name,
    Version: it.version ?? "",
    Input: it.input,
    OrchestrationInstance: { InstanceId: it.id, ExecutionId: it.execution },
    ParentInstance: it.parent && {
      Name: it.parent.name,
      OrchestrationInstance: { InstanceId: it.parent.instance, ExecutionId: it.parent.execution },
      TaskScheduleId: it.parent.task,
      Version: "",
    },
    Tags: null,
    ScheduledStartTime: null,
    Generation: 0,
  };
}
