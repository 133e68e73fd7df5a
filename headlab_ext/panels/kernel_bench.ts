import type {
  Annotation,
  ArrivingText,
  BatchPlan,
  BatchTurn,
  BatchView,
  BenchStatus,
  DescriptionTestPlan,
  DescriptionTestRun,
  DraftEstimate,
  DraftJob,
  DrafterChoice,
  Entry,
  Head,
  HeadView,
  HeadsWish,
  Job,
  Measure,
  MeasureValues,
  ModelChoice,
  OwnDraft,
  Problem,
  PromptText,
  ReviewEdit,
  Revision,
  RuleDrafts
} from '../contract/records';
import {
  ApiError,
  type BenchApi,
  type CallOptions,
  type DraftOptions,
  type DraftResult,
  type HeadOptions,
  type TestWish
} from '../views/api';
import type { Turn } from '../views/batch_api';
import { CATALOGUE_EVENT } from '../views/page_events';
import { matrix } from './float_matrix';
import type { PanelModel } from './panel_model';

const ACK_SECONDS = 4;

interface Pending {
  resolve(result: unknown, buffers: DataView[]): void;
  reject(problem: Problem): void;
  onText?: (text: string) => void;
  acknowledged: boolean;
}

interface Message {
  ack?: number;
  reply?: number;
  text?: number;
  so_far?: string;
  result?: unknown;
  problem?: Problem;
  event?: string;
  batch?: number;
  texts?: ArrivingText[];
}

type TextsListener = (texts: ArrivingText[]) => void;

/** The kernel's side of a workbench, over the widget's messages: numbered requests and replies. */
export class KernelBench implements BenchApi {
  private next = 1;
  private readonly pending = new Map<number, Pending>();
  private readonly catalogueListeners = new Set<() => void>();
  private readonly textsListeners = new Map<number, Set<TextsListener>>();
  private readonly silenceListeners = new Set<(silent: boolean) => void>();
  private silentNow = false;

  constructor(private readonly model: PanelModel) {
    model.on('msg:custom', (message: Message, buffers: DataView[]) =>
      this.receive(message, buffers)
    );
    window.addEventListener(CATALOGUE_EVENT, () => this.tellCatalogue());
  }

  status(): BenchStatus {
    return this.model.get('status') as BenchStatus;
  }

  onStatus(listener: (status: BenchStatus) => void): () => void {
    const changed = () => listener(this.status());
    this.model.on('change:status', changed);
    return () => this.model.off('change:status', changed);
  }

  onCatalogueChange(listener: () => void): () => void {
    this.catalogueListeners.add(listener);
    return () => this.catalogueListeners.delete(listener);
  }

  /** Whether the kernel leaves requests without a sign. */
  silent(): boolean {
    return this.silentNow;
  }

  onSilence(listener: (silent: boolean) => void): () => void {
    this.silenceListeners.add(listener);
    return () => this.silenceListeners.delete(listener);
  }

  models(): Promise<ModelChoice[]> {
    return this.call('models', {});
  }

  load(name: string): Promise<BenchStatus> {
    return this.call('load', { name }, {}, () => this.status());
  }

  cancel(): Promise<void> {
    this.model.send({ cancel: 'shown' });
    return Promise.resolve();
  }

  measures(): Promise<Measure[]> {
    return this.call('measures', {});
  }

  values(key: string, options?: CallOptions): Promise<MeasureValues> {
    return this.call('values', { key }, options, (result, buffers) => {
      const { shape, ...rest } = result as Omit<MeasureValues, 'values'> & { shape: number[] };
      return { ...rest, values: matrix(buffers[0], shape[0], shape[1]) };
    });
  }

  head(head: Head, options: HeadOptions = {}): Promise<HeadView> {
    const { attention = false, ...rest } = options;
    return this.call('head', { head, ...(attention && { attention }) }, rest);
  }

  drafters(): Promise<DrafterChoice[]> {
    return this.call('drafters', {});
  }

  estimateDraft(head: Head): Promise<DraftEstimate | null> {
    return this.call('estimate_draft', { head });
  }

  draft(
    head: Head,
    drafter: DrafterChoice['key'],
    onText: (text: string) => void,
    options: DraftOptions = {}
  ): Promise<DraftResult> {
    const { again = false, ...rest } = options;
    const params = { head, drafter, ...(again && { again }) };
    return this.call('draft', params, rest, undefined, onText);
  }

  planTests(entryId: number, seed: number, options?: CallOptions): Promise<DescriptionTestPlan> {
    return this.call('plan_tests', { entry_id: entryId, seed }, options);
  }

  testDescription(
    entry: Entry,
    wish: TestWish,
    onJob: (job: Job) => void,
    options?: CallOptions
  ): Promise<DescriptionTestRun> {
    return this.call(
      'test_description',
      { entry_id: entry.id, ...wish },
      options,
      undefined,
      text => onJob(JSON.parse(text) as Job)
    );
  }

  review(entry: Entry, edit: ReviewEdit): Promise<Entry> {
    return this.call('review', { entry_id: entry.id, edit, if_revision: entry.revision });
  }

  annotate(entry: Entry, annotation: Annotation): Promise<Entry> {
    return this.call('annotate', { entry_id: entry.id, annotation, if_revision: entry.revision });
  }

  undo(entry: Entry): Promise<Entry> {
    return this.call('undo', { entry_id: entry.id, if_revision: entry.revision });
  }

  addDraft(entry: Entry, draft: OwnDraft): Promise<Entry> {
    return this.call('add_draft', { entry_id: entry.id, draft, if_revision: entry.revision });
  }

  history(entry: Entry): Promise<Revision[]> {
    return this.call('history', { entry_id: entry.id });
  }

  promptText(name: string): Promise<PromptText> {
    return this.call('prompt_text', { name });
  }

  batches(): Promise<BatchView[]> {
    return this.call('batches', {});
  }

  batchJobs(id: number): Promise<DraftJob[]> {
    return this.call('batch_jobs', { id });
  }

  followBatch(id: number, onTexts: TextsListener): () => void {
    const listeners = this.textsListeners.get(id) ?? new Set();
    this.textsListeners.set(id, listeners.add(onTexts));
    const control = new AbortController();
    // it has no answer; what would refuse it refuses the batch, too
    this.call('follow_batch', { id }, { signal: control.signal }).catch(() => undefined);
    return () => {
      listeners.delete(onTexts);
      control.abort();
    };
  }

  turnBatch(id: number, turn: Turn, change: BatchTurn = { cap: null }): Promise<BatchView> {
    return this.call('turn_batch', { id, turn, ...change });
  }

  planHeads(wish: HeadsWish, options?: CallOptions): Promise<BatchPlan> {
    return this.call('plan_batch', { wish }, options);
  }

  startHeads(wish: HeadsWish, cap: number | null): Promise<BatchView> {
    return this.call('start_batch', { wish, cap });
  }

  draftByRules(wish: HeadsWish, options?: CallOptions): Promise<RuleDrafts> {
    return this.call('draft_by_rules', { wish }, options);
  }

  private call<T>(
    method: string,
    params: Record<string, unknown>,
    options: CallOptions = {},
    read: (result: unknown, buffers: DataView[]) => T = result => result as T,
    onText?: (text: string) => void
  ): Promise<T> {
    const number = this.next++;
    return new Promise<T>((resolve, reject) => {
      const { signal } = options;
      const abort = () => {
        this.pending.delete(number);
        this.model.send({ cancel: number });
        reject(new DOMException('cancelled', 'AbortError'));
      };
      if (signal?.aborted) {
        abort();
        return;
      }
      signal?.addEventListener('abort', abort, { once: true });
      const pending: Pending = {
        acknowledged: false,
        onText,
        resolve: (result, buffers) => {
          signal?.removeEventListener('abort', abort);
          resolve(read(result, buffers));
        },
        reject: problem => {
          signal?.removeEventListener('abort', abort);
          reject(new ApiError(problem));
        }
      };
      this.pending.set(number, pending);
      this.model.send({ request: number, method, params });
      setTimeout(() => {
        if (!pending.acknowledged && this.pending.has(number)) {
          this.setSilent(true);
        }
      }, ACK_SECONDS * 1000);
    });
  }

  private receive(message: Message, buffers: DataView[]): void {
    this.setSilent(false);
    if (message.event === 'catalogue') {
      this.tellCatalogue();
      return;
    }
    if (message.event === 'batch_texts') {
      const { batch = 0, texts = [] } = message;
      this.textsListeners.get(batch)?.forEach(listener => listener(texts));
      return;
    }
    const number = message.ack ?? message.text ?? message.reply;
    const pending = number === undefined ? undefined : this.pending.get(number);
    if (number === undefined || !pending) {
      return; // the answer to something cancelled
    }
    pending.acknowledged = true;
    if (message.text !== undefined) {
      pending.onText?.(message.so_far ?? '');
    } else if (message.reply !== undefined) {
      this.pending.delete(number);
      if (message.problem) {
        pending.reject(message.problem);
      } else {
        pending.resolve(message.result, buffers);
      }
    }
  }

  private tellCatalogue(): void {
    this.catalogueListeners.forEach(listener => listener());
  }

  private setSilent(silent: boolean): void {
    if (silent !== this.silentNow) {
      this.silentNow = silent;
      this.silenceListeners.forEach(listener => listener(silent));
    }
  }
}
