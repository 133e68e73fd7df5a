import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type {
  Annotation,
  CatalogueOverview,
  Entry,
  EntryPage,
  Problem,
  ReviewEdit,
  Revision,
  SettingsView
} from '../contract/records';
import { ApiError, type EntryApi } from '../views/api';
import { headName } from '../views/heads';

/** What an edit needs to know of an entry: which one, and the revision that was seen. */
export type EntryAt = Pick<Entry, 'id' | 'revision'>;

/** Which entries; an empty filter is none. `model` is a fingerprint or a name. */
export interface EntryQuery {
  text?: string;
  model?: string;
  state?: string;
  limit?: number;
  offset?: number;
}

interface Call {
  method?: 'GET' | 'POST' | 'PATCH';
  query?: object;
  body?: object;
  seen?: EntryAt;
}

/** The catalogue and the settings, over the Jupyter server. */
export class RestApi implements EntryApi {
  constructor(private readonly server = ServerConnection.makeSettings()) {}

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

  settings(): Promise<SettingsView> {
    return this.ask('settings');
  }

  /** All of them are stored, or none; null removes one from the file. */
  changeSettings(changes: Record<string, string | null>): Promise<SettingsView> {
    return this.ask('settings', { method: 'PATCH', body: changes });
  }

  private async ask<T>(path: string, call: Call = {}): Promise<T> {
    const query = Object.entries(call.query ?? {}).filter(([, value]) => value !== '');
    const url =
      URLExt.join(this.server.baseUrl, 'headlab', path) +
      (query.length > 0 ? `?${new URLSearchParams(query.map(pair => pair.map(String)))}` : '');
    const init: RequestInit = { method: call.method ?? 'GET' };
    if (call.seen) {
      init.headers = { 'If-Match': `"${call.seen.revision}"` };
    }
    if (call.body) {
      init.body = JSON.stringify(call.body);
    }
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
