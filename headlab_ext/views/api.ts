// What the views ask of the world around them. A notebook panel answers from the kernel, the lab's
// side from the server; the views cannot tell which.
import type {
  Annotation,
  BenchStatus,
  DescriptionTest,
  DescriptionTestPlan,
  DescriptionTestRun,
  Draft,
  DraftEstimate,
  DraftFailure,
  DrafterChoice,
  Entry,
  Head,
  HeadView,
  Job,
  Measure,
  MeasureValues,
  ModelChoice,
  OwnDraft,
  Problem,
  PromptText,
  ReviewEdit,
  Revision
} from '../contract/records';
import type { HeadsApi } from './batch_api';

/** A refused or failed request; `problem.message` is meant for the person in front of the page. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
    this.name = 'ApiError';
  }
}

/** Texts of prompts that drafts were made with. */
export interface PromptsApi {
  /** By the sha256 of the text, or a version. */
  promptText(name: string): Promise<PromptText>;
}

/** Edits of one entry. Each is made on the revision seen, and refused (`stale`) on an older one. */
export interface EntryApi extends PromptsApi {
  review(entry: Entry, edit: ReviewEdit): Promise<Entry>;
  annotate(entry: Entry, annotation: Annotation): Promise<Entry>;
  undo(entry: Entry): Promise<Entry>;
  /** Let the step that was undone last (`redoable`) count again. */
  redo(entry: Entry): Promise<Entry>;
  /** List a person's own text beside the other drafts. */
  addDraft(entry: Entry, draft: OwnDraft): Promise<Entry>;
  history(entry: Entry): Promise<Revision[]>;
}

/** Text that is typed but not yet saved; it outlives a reload of the page. */
export interface TypingApi {
  /** The kept text, null when there is none. `at` is when it was typed, ISO 8601. */
  kept(key: string): { text: string; at: string } | null;
  /** Keep a text; an empty one is forgotten. */
  keep(key: string, text: string): void;
}

export interface DraftResult {
  /** The validated draft, or why there is none. */
  draft: Draft | null;
  failure: DraftFailure | null;
  /** The entry that the draft was saved to; null for a failure. */
  entry: Entry | null;
}

export interface TestWish {
  kinds: readonly DescriptionTest['kind'][];
  seed: number;
  /** The most that the calls may cost, in the currency of the prices; null for no cap. */
  cap: number | null;
}

/** Tests of a description on the head itself. */
export interface TestApi {
  /** What each test of the entry's description would need and cost; nothing is sent. */
  planTests(entryId: number, seed: number, options?: CallOptions): Promise<DescriptionTestPlan>;
  /** Make tests and keep their results with the entry; `onJob` gets how far the answers are. */
  testDescription(
    entry: Entry,
    wish: TestWish,
    onJob: (job: Job) => void,
    options?: CallOptions
  ): Promise<DescriptionTestRun>;
  status(): BenchStatus;
  onStatus(listener: (status: BenchStatus) => void): () => void;
}

/** A running request. Leaving it alone is fine; `signal` cancels it. */
export interface CallOptions {
  signal?: AbortSignal;
}

export interface DraftOptions extends CallOptions {
  /** Ask the language model anew, although its answer is known. */
  again?: boolean;
}

export interface HeadOptions extends CallOptions {
  /** Measure where all heads look, however long that takes. */
  attention?: boolean;
}

/** The workbench's kernel side. Long calls show their progress in `status().job`. */
export interface BenchApi extends EntryApi, TestApi, HeadsApi {
  status(): BenchStatus;
  /** Called on every change of `status()`; returns how to stop listening. */
  onStatus(listener: (status: BenchStatus) => void): () => void;
  /** Called when entries of this catalogue changed, here or elsewhere. */
  onCatalogueChange(listener: () => void): () => void;

  models(): Promise<ModelChoice[]>;
  load(name: string): Promise<BenchStatus>;
  cancel(): Promise<void>;

  measures(): Promise<Measure[]>;
  /** Computed now if need be. */
  values(key: string, options?: CallOptions): Promise<MeasureValues>;
  /** The evidence of a head, computed now if need be; attention that takes long only if asked for. */
  head(head: Head, options?: HeadOptions): Promise<HeadView>;

  drafters(): Promise<DrafterChoice[]>;
  /** What a draft by the language model would take, for the head whose evidence is shown; null where
   * none is set. Nothing is sent. */
  estimateDraft(head: Head): Promise<DraftEstimate | null>;
  /** Draft from the head's evidence; `onText` gets the text so far, which is not yet checked. */
  draft(
    head: Head,
    drafter: DrafterChoice['key'],
    onText: (text: string) => void,
    options?: DraftOptions
  ): Promise<DraftResult>;
}

/** The head that the views of a page agree on. */
export interface Selection {
  get(): Head | null;
  set(head: Head | null): void;
  onChange(listener: (head: Head | null) => void): () => void;
}
