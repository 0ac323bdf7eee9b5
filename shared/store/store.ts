import type { Decision } from "../approval.ts";
import type { Build, BuildState, TimelineEntry } from "../build.ts";
import type { Slot } from "../decide/builds/queue.ts";
import type { Effect } from "../decide/gallery/share.ts";
import type { Delivery, DeliveryState } from "../delivery.ts";
import type { Schedule } from "../schedule.ts";
import type { Verification } from "../verification.ts";
import type { RunReading, Watch } from "../watch.ts";

/** One effect on somebody's Azure that Goldsmith may have to explain or take back. */
export interface LedgerEntry {
  /** Derived from the change (assignment name, or hash of resource and property): the same change is the same entry. */
  readonly id: string;
  readonly change: Effect;
  /** The build it was made for, or the share. */
  readonly buildId: string;
  /** The template it was made for; of a share, the image. */
  readonly templateId: string;
  readonly at: string;
  /** `intended` before the write, `made` after it, `stood` when it was there already (then it is not ours to undo). */
  readonly state: "intended" | "made" | "stood" | "undone";
  /** What was there before, for network changes: JSON of the one property that was changed. */
  readonly before?: string;
  /** `build`: taken back when the last build that uses it has ended. Absent: it stands. */
  readonly lasts?: "build";
}

/** Who rests on an effect in the ledger: a template for good, or a build while it goes on. */
export interface Use {
  readonly kind: "template" | "build";
  /** Template id (any casing is the same) or build id. */
  readonly id: string;
}

/** What an idempotency key stands for: the request's body, by hash, and the id of what it started. */
export interface Keyed {
  readonly bodyHash: string;
  readonly id: string;
  /** ISO, of the first request. */
  readonly at: string;
}

export interface BuildFilter {
  readonly state?: BuildState;
  readonly templateId?: string;
  /** ISO; only builds created at or after it. */
  readonly since?: string;
  /** 1..200, default 50. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor?: string;
}

export interface DeliveryFilter {
  readonly target?: string;
  readonly state?: DeliveryState;
  /** 1..200, default 50. */
  readonly limit?: number;
  readonly cursor?: string;
}

/** What must outlive durable history: tables and blobs of the app's storage account. Every write may happen twice. Faults are thrown. */
export interface Store {
  readonly builds: {
    /** Insert only. False: a build of that id exists already (read it). */
    create(build: Build): Promise<boolean>;
    get(id: string): Promise<Build | undefined>;
    /** Merges; a build in a final state is never changed again. Returns the build as it now stands. */
    update(id: string, patch: Partial<Omit<Build, "id">>): Promise<Build>;
    /** Newest first, stable cursors. */
    list(filter: BuildFilter): Promise<Page<Build>>;
    /** Builds at work on the template (any casing). */
    active(templateId: string): Promise<readonly Build[]>;
  };
  readonly timeline: {
    /** `key` makes a repeated write harmless. */
    add(buildId: string, key: string, entry: TimelineEntry): Promise<void>;
    list(buildId: string): Promise<readonly TimelineEntry[]>;
  };
  readonly idempotency: {
    /** What a key stands for already. */
    find(key: string): Promise<Keyed | undefined>;
    /** Lets a key stand for something, unless it stands for another already; answers what it stands for now. */
    claim(key: string, wanted: Omit<Keyed, "at">): Promise<Keyed>;
  };
  readonly seen: {
    /** True for the first who says so, false ever after. */
    first(kind: string, id: string): Promise<boolean>;
    has(kind: string, id: string): Promise<boolean>;
  };
  readonly decisions: {
    /** Writes a decision down unless there is one; answers the one that stands. */
    decide(id: string, decision: Decision): Promise<Decision>;
    get(id: string): Promise<Decision | undefined>;
  };
  readonly ledger: {
    /** Writes the entry; never turns `made` back into `intended`. */
    put(entry: LedgerEntry): Promise<void>;
    get(id: string): Promise<LedgerEntry | undefined>;
    /** Oldest first. */
    list(filter?: {
      readonly templateId?: string;
      readonly buildId?: string;
      /** Only what lasts as long as builds. */
      readonly lasts?: "build";
    }): Promise<readonly LedgerEntry[]>;
  };
  readonly uses: {
    /** Notes that a ledger entry is used; harmless when repeated. */
    add(entryId: string, use: Use): Promise<void>;
    remove(entryId: string, use: Use): Promise<void>;
    list(entryId: string): Promise<readonly Use[]>;
  };
  readonly leases: {
    /** Takes or renews the lease for `milliseconds`; undefined while another holder has it. The fence grows with every change of holder. */
    acquire(name: string, holder: string, milliseconds: number): Promise<{ readonly fence: number } | undefined>;
    /** Lets go; harmless when somebody else holds it by now. */
    release(name: string, holder: string): Promise<void>;
    holder(name: string): Promise<string | undefined>;
  };
  /** Runs in view, by subscription, and the watcher that reads them (`shared/store/watches.ts`). */
  readonly watches: {
    /** Insert only; answers what stands. */
    add(subscriptionId: string, watch: Watch): Promise<Watch>;
    get(subscriptionId: string, buildId: string): Promise<Watch | undefined>;
    /** Writes a reading to a watch; nothing where it was removed. */
    note(subscriptionId: string, buildId: string, reading: RunReading): Promise<void>;
    /** Marks a watch as one whose build somebody wants ended; nothing where there is none (yet). */
    cancel(subscriptionId: string, buildId: string): Promise<void>;
    /** Notes that an event spoke of the run at `at` (ISO); nothing where the watch is not there (yet). */
    hint(subscriptionId: string, buildId: string, at: string): Promise<void>;
    remove(subscriptionId: string, buildId: string): Promise<void>;
    list(subscriptionId: string): Promise<readonly Watch[]>;
    head(
      subscriptionId: string,
    ): Promise<{ readonly generation: number; readonly open: boolean; readonly passedAt: string } | undefined>;
    /** The generation of the watcher at work, a new one where none is or where it is `unlike`. */
    open(subscriptionId: string, unlike?: number): Promise<number>;
    /** The watcher was at work at `passedAt`; false where it was superseded. */
    passed(subscriptionId: string, generation: number, passedAt: string): Promise<boolean>;
    close(subscriptionId: string, generation: number): Promise<boolean>;
  };
  readonly durations: {
    /** Once a build. */
    add(
      lineage: string,
      run: { readonly buildId: string; readonly startedAt: string; readonly seconds: number },
    ): Promise<void>;
    /** Seconds of the latest successful runs, oldest first. */
    list(lineage: string): Promise<readonly number[]>;
  };
  readonly slots: {
    /** Who runs and who waits in a place (a region of a subscription). Reads, changes and writes as one: `step` is asked again where somebody was faster; nothing is written where it gives back what it was given. Answers what stands. */
    change(place: string, step: (standing: readonly Slot[]) => readonly Slot[]): Promise<readonly Slot[]>;
  };
  readonly schedules: {
    get(id: string): Promise<Schedule | undefined>;
    list(): Promise<readonly Schedule[]>;
    /** Reads, changes and writes as one: `step` is asked again where somebody was faster. Nothing is written where it gives back nothing or what it was given. Answers what stands. */
    change(id: string, step: (standing: Schedule | undefined) => Schedule | undefined): Promise<Schedule | undefined>;
    remove(id: string): Promise<void>;
  };
  readonly deliveries: {
    put(delivery: Delivery): Promise<void>;
    /** Of one build (audit, schedule). */
    list(buildId: string): Promise<readonly Delivery[]>;
    /** Of all, those that tell of the latest things first; cursors are stable. */
    page(filter: DeliveryFilter): Promise<Page<Delivery>>;
  };
  readonly verifications: {
    /** Insert only. False: one of that id exists already. */
    create(verification: Verification): Promise<boolean>;
    get(id: string): Promise<Verification | undefined>;
    /** Reads, changes, writes, and again if somebody was faster; an end is never changed again, but for `open`. */
    update(id: string, change: (before: Verification) => Verification): Promise<Verification>;
    /** The 200 newest, newest first. */
    list(): Promise<readonly Verification[]>;
    /** Those that may have left something in Azure. */
    open(): Promise<readonly Verification[]>;
  };
  readonly documents: {
    /** Stores JSON under a name with slashes (`builds/<id>/plan.json`), replacing what was there. */
    put(name: string, value: unknown): Promise<void>;
    get<T>(name: string): Promise<T | undefined>;
    list(prefix: string): Promise<readonly string[]>;
  };
}
