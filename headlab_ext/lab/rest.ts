import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type {
  Adjudication,
  Agreement,
  Annotation,
  ArrivingText,
  Assigning,
  Ballot,
  BatchPlan,
  BatchTurn,
  BatchView,
  BatchWish,
  CatalogueCheck,
  CatalogueComparison,
  CatalogueCopy,
  CatalogueOverview,
  DraftJob,
  Entry,
  EntryPage,
  Facets,
  FilterToSave,
  ImportResult,
  JsonValue,
  Measure,
  OwnDraft,
  Preset,
  Problem,
  PromptText,
  QueuePage,
  Releasing,
  ReviewEdit,
  Revision,
  SavedFilter,
  SettingsView,
  SORTS,
  Vote
} from '../contract/records';
import { ApiError, type EntryApi } from '../views/api';
import { headName } from '../views/heads';
import { pollTexts } from './text_poll';

/** What an edit needs to know of an entry: which one, and the revision that was seen. */
export type EntryAt = Pick<Entry, 'id' | 'revision'>;

/** What a list is narrowed to; an empty filter is none. `model` is a fingerprint or a name. */
export type EntryFilters = Partial<FilterToSave['filters']> & { text?: string };

/** Which entries, in which order. */
export type EntryQuery = EntryFilters & {
  sort?: (typeof SORTS)[number];
  descending?: boolean;
  limit?: number;
  offset?: number;
};

/** Which queue: `mine` is that of the settings' reviewer, else that of whoever leads the round. */
export interface QueueQuery {
  order: QueuePage['order'];
  mine: boolean;
  model?: string;
  limit?: number;
  /** What the items are not to tell, separated by commas. */
  blind?: string;
}

/** How an export is taken over. */
export interface ImportQuery {
  file: string;
  dry_run: boolean;
  /** Leave entries that were edited on both sides as they are, and take the rest. */
  skip_conflicts: boolean;
}

export type ExportFormat = 'json' | 'csv' | 'parquet' | 'markdown' | 'html' | 'dataset';

interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: object;
  body?: object;
  /** A body that is JSON already. */
  text?: string;
  seen?: EntryAt;
}

/** The catalogue and the settings, over the Jupyter server. */
export class RestApi implements EntryApi {
  /** `place` is where the catalogue must be for a request not to be refused; empty: anywhere. */
  constructor(
    private readonly server = ServerConnection.makeSettings(),
    private readonly place = ''
  ) {}

  /** The same for one catalogue alone: once the settings name another, everything is refused. */
  at(place: string): RestApi {
    return new RestApi(this.server, place);
  }

  overview(): Promise<CatalogueOverview> {
    return this.ask('overview');
  }

  entries(query: EntryQuery): Promise<EntryPage> {
    return this.ask('entries', { query });
  }

  entry(id: number): Promise<Entry> {
    return this.ask(`entries/${id}`);
  }

  find(fingerprint: string, head: Entry['head']): Promise<Entry> {
    return this.ask('entries/find', { query: { fingerprint, head: headName(head) } });
  }

  history(entry: EntryAt): Promise<Revision[]> {
    return this.ask(`entries/${entry.id}/history`);
  }

  review(entry: EntryAt, edit: ReviewEdit): Promise<Entry> {
    return this.ask(`entries/${entry.id}/review`, { method: 'POST', body: edit, seen: entry });
  }

  annotate(entry: EntryAt, annotation: Annotation): Promise<Entry> {
    return this.ask(`entries/${entry.id}`, { method: 'PATCH', body: annotation, seen: entry });
  }

  undo(entry: EntryAt): Promise<Entry> {
    return this.ask(`entries/${entry.id}/undo`, { method: 'POST', seen: entry });
  }

  redo(entry: EntryAt): Promise<Entry> {
    return this.ask(`entries/${entry.id}/redo`, { method: 'POST', seen: entry });
  }

  /** List a person's own text beside the other drafts. */
  addDraft(entry: EntryAt, draft: OwnDraft): Promise<Entry> {
    return this.ask(`entries/${entry.id}/drafts`, { method: 'POST', body: draft, seen: entry });
  }

  promptText(name: string): Promise<PromptText> {
    return this.ask(`prompts/${encodeURIComponent(name)}`);
  }

  facets(): Promise<Facets> {
    return this.ask('facets');
  }

  filters(): Promise<SavedFilter[]> {
    return this.ask('filters');
  }

  saveFilter(name: string, filter: FilterToSave): Promise<SavedFilter> {
    return this.ask(`filters/${encodeURIComponent(name)}`, { method: 'PUT', body: filter });
  }

  forgetFilter(name: string): Promise<SavedFilter[]> {
    return this.ask(`filters/${encodeURIComponent(name)}`, { method: 'DELETE' });
  }

  // rounds of review

  queue(query: QueueQuery): Promise<QueuePage> {
    return this.ask('review/queue', { query });
  }

  /** An entry without what `blind` hides, and always without others' reviews and votes. */
  caseToJudge(id: number, blind: Vote['blind']): Promise<Entry> {
    return this.ask(`review/entries/${id}`, { query: { blind: blind.join(',') } });
  }

  vote(id: number, ballot: Ballot): Promise<Vote> {
    return this.ask(`entries/${id}/votes`, { method: 'POST', body: ballot });
  }

  /** The votes that nobody has decided on yet: for the person who leads the round and decides. */
  openVotes(id: number): Promise<Vote[]> {
    return this.ask(`entries/${id}/votes`, { query: { lead: true } });
  }

  adjudicate(entry: EntryAt, decision: Adjudication): Promise<Entry> {
    return this.ask(`entries/${entry.id}/adjudicate`, {
      method: 'POST',
      body: decision,
      seen: entry
    });
  }

  assign(wanted: Assigning): Promise<QueuePage> {
    return this.ask('review/assignments', { method: 'POST', body: wanted });
  }

  release(wanted: Releasing): Promise<QueuePage> {
    return this.ask('review/releases', { method: 'POST', body: wanted });
  }

  /** Whether this person may change the catalogue, as Jupyter's authorizer says. */
  async mayWrite(): Promise<boolean> {
    const permissions = JSON.stringify({ headlab: ['write'] });
    const url = `${URLExt.join(this.server.baseUrl, 'api/me')}?${new URLSearchParams({ permissions })}`;
    const found = await this.send<{ permissions?: Record<string, string[] | undefined> }>(url, {});
    return found.permissions?.headlab?.includes('write') ?? false;
  }

  agreement(query: { model?: string; with_open?: boolean }): Promise<Agreement> {
    return this.ask('review/agreement', { query });
  }

  // batches of drafts

  /** What heads can be ranked by from their evidence. */
  measures(): Promise<Measure[]> {
    return this.ask('measures');
  }

  planBatch(wish: BatchWish): Promise<BatchPlan> {
    return this.ask('batches/plan', { method: 'POST', body: wish });
  }

  /** Plan it again, keep it, and start to work on it. */
  startBatch(wish: BatchWish): Promise<BatchView> {
    return this.ask('batches', { method: 'POST', body: wish });
  }

  batches(): Promise<BatchView[]> {
    return this.ask('batches');
  }

  batch(id: number): Promise<BatchView> {
    return this.ask(`batches/${id}`);
  }

  batchJobs(id: number): Promise<DraftJob[]> {
    return this.ask(`batches/${id}/jobs`);
  }

  followBatch(id: number, onTexts: (texts: ArrivingText[]) => void): () => void {
    return pollTexts(() => this.ask(`batches/${id}/texts`), onTexts);
  }

  turnBatch(
    id: number,
    turn: 'pause' | 'resume' | 'cancel' | 'retry',
    change: BatchTurn = { cap: null }
  ): Promise<BatchView> {
    return this.ask(`batches/${id}/${turn}`, { method: 'POST', body: change });
  }

  // models side by side, files

  compare(first: string, second: string): Promise<CatalogueComparison> {
    return this.ask('compare', { query: { first, second } });
  }

  /** The address of a file with what a search finds; a data set comes as a zip file. */
  exportUrl(format: ExportFormat, filters: EntryFilters, licence = ''): string {
    return this.url('export', { format, licence, ...filters });
  }

  /** Take over an export, or say what would happen; `query.file` is the file's name, for the log. */
  importFrom(text: string, query: ImportQuery): Promise<ImportResult> {
    return this.ask('import', { method: 'POST', query, text });
  }

  // looking after the catalogue

  /** Recompute every history; nothing is changed. */
  verify(): Promise<CatalogueCheck> {
    return this.ask('catalogue/verify', { method: 'POST' });
  }

  /** Copy the catalogue's file to a new one beside it. */
  backUp(): Promise<CatalogueCopy> {
    return this.ask('catalogue/backup', { method: 'POST' });
  }

  settings(): Promise<SettingsView> {
    return this.ask('settings');
  }

  /** All of them are stored, or none; null removes one from the file. */
  changeSettings(changes: Record<string, JsonValue>): Promise<SettingsView> {
    return this.ask('settings', { method: 'PATCH', body: changes });
  }

  /** The kinds of endpoints there are. */
  presets(): Promise<Preset[]> {
    return this.ask('presets');
  }

  private url(path: string, asked: object = {}): string {
    const query = Object.entries(asked).filter(
      ([, value]) => value !== '' && value !== null && value !== undefined
    );
    return (
      URLExt.join(this.server.baseUrl, 'headlab', path) +
      (query.length > 0 ? `?${new URLSearchParams(query.map(pair => pair.map(String)))}` : '')
    );
  }

  private async ask<T>(path: string, call: Call = {}): Promise<T> {
    const url = this.url(path, call.query);
    const init: RequestInit = { method: call.method ?? 'GET' };
    init.headers = {
      ...(call.seen && { 'If-Match': `"${call.seen.revision}"` }),
      ...(this.place && { 'HeadLab-Place': encodeURIComponent(this.place) })
    };
    const body = call.text ?? (call.body && JSON.stringify(call.body));
    if (body !== undefined) {
      init.body = body;
    }
    return this.send(url, init);
  }

  private async send<T>(url: string, init: RequestInit): Promise<T> {
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, init, this.server);
    } catch (error) {
      if (error instanceof ServerConnection.NetworkError) {
        throw new ApiError(problem('internal', SILENT));
      }
      throw error;
    }
    const reply: unknown = await response.json().catch(() => null);
    if (!response.ok || reply === null) {
      throw new ApiError(isProblem(reply) ? reply : unexpected(response));
    }
    return reply as T;
  }
}

const SILENT = 'The Jupyter server does not answer. Try again once it is running.';

function unexpected(response: Response): Problem {
  if (response.status === 404) {
    return problem(
      'not_found',
      "The Jupyter server does not know HeadLab's addresses. Switch its server extension on with " +
        '`jupyter server extension enable headlab.server`, then restart the server.'
    );
  }
  if (response.status === 401 || response.status === 403) {
    return problem('forbidden', 'Jupyter refused the request. Reload the page and log in again.');
  }
  return problem(
    'internal',
    `The server gave an answer that is not HeadLab's (status ${response.status}). Its log says more.`
  );
}

function problem(kind: Problem['kind'], message: string): Problem {
  return { kind, message, current: null };
}

function isProblem(reply: unknown): reply is Problem {
  const found = reply as Problem | null;
  return typeof found?.kind === 'string' && typeof found.message === 'string';
}
