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
  PromptText,
  ReviewEdit,
  Revision,
  RuleDrafts
} from '../contract/records';
import type {
  BenchApi,
  CallOptions,
  DraftOptions,
  DraftResult,
  HeadOptions,
  TestWish
} from '../views/api';
import type { Turn } from '../views/batch_api';
import { CATALOGUE_EVENT } from '../views/page_events';
import { Exchange, type Answer, type AskOptions, type PanelEvent } from './exchange';
import { matrix } from './float_matrix';
import type { PanelModel } from './panel_model';

type TextsListener = (texts: ArrivingText[]) => void;

/** The kernel's side of a workbench, over the widget's messages. */
export class KernelBench implements BenchApi {
  private readonly exchange: Exchange;
  private readonly catalogueListeners = new Set<() => void>();
  private readonly textsListeners = new Map<number, Set<TextsListener>>();

  constructor(private readonly model: PanelModel) {
    this.exchange = new Exchange(model, event => this.hear(event));
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
    return this.exchange.silent();
  }

  onSilence(listener: (silent: boolean) => void): () => void {
    return this.exchange.onSilence(listener);
  }

  /** Send again what the kernel gave no sign of. */
  askAgain(): void {
    this.exchange.askAgain();
  }

  models(): Promise<ModelChoice[]> {
    return this.call('models', {});
  }

  load(name: string): Promise<BenchStatus> {
    return this.exchange.ask('load', { name }).then(() => this.status());
  }

  async cancel(): Promise<void> {
    const { job } = this.status();
    if (job) {
      await this.call('cancel_job', { id: job.id });
    }
  }

  measures(): Promise<Measure[]> {
    return this.call('measures', {});
  }

  values(key: string, options?: CallOptions): Promise<MeasureValues> {
    return this.exchange.ask('values', { key }, options).then(valuesOf);
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
    return this.call('draft', params, { ...rest, onText });
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
    const onText = (text: string) => onJob(JSON.parse(text) as Job);
    return this.call('test_description', { entry_id: entry.id, ...wish }, { ...options, onText });
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

  redo(entry: Entry): Promise<Entry> {
    return this.call('redo', { entry_id: entry.id, if_revision: entry.revision });
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

  private async call<T>(method: string, params: object, options?: AskOptions): Promise<T> {
    return (await this.exchange.ask(method, params, options)).result as T;
  }

  private hear(event: PanelEvent): void {
    if (event.event === 'catalogue') {
      this.tellCatalogue();
    } else if (event.event === 'batch_texts') {
      const { batch, texts } = event as unknown as { batch: number; texts: ArrivingText[] };
      this.textsListeners.get(batch)?.forEach(listener => listener(texts));
    }
  }

  private tellCatalogue(): void {
    this.catalogueListeners.forEach(listener => listener());
  }
}

function valuesOf({ result, buffers }: Answer): MeasureValues {
  const { shape, ...rest } = result as Omit<MeasureValues, 'values'> & { shape: number[] };
  return { ...rest, values: matrix(buffers[0], shape[0], shape[1]) };
}
