import { ServerConnection } from '@jupyterlab/services';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../views/api';
import { exampleEntry } from './example_entries';
import { RestApi } from './rest';

/** A client whose server answers with `reply`, and the requests that it made. */
function client(reply: () => Response | Promise<Response>) {
  const requests: Request[] = [];
  const server = ServerConnection.makeSettings({
    baseUrl: 'http://127.0.0.1:9/base/',
    token: 'secret',
    fetch: async input => {
      requests.push(input as Request);
      return reply();
    }
  });
  return { api: new RestApi(server), requests };
}

function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status });
}

async function problemOf(asked: Promise<unknown>) {
  const error: unknown = await asked.then(
    () => null,
    found => found
  );
  expect(error).toBeInstanceOf(ApiError);
  return (error as ApiError).problem;
}

describe('the REST client', () => {
  it('asks below the base URL, signed, and leaves empty filters out', async () => {
    const { api, requests } = client(() => json({ entries: [], total: 0 }));
    await api.entries({ text: 'a&b ü', state: '', model: 'f00d', limit: 200, offset: 0 });
    const url = new URL(requests[0].url);
    expect(url.pathname).toBe('/base/headlab/entries');
    expect(url.searchParams.get('text')).toBe('a&b ü');
    expect(url.searchParams.get('model')).toBe('f00d');
    expect(url.searchParams.get('offset')).toBe('0');
    expect(url.searchParams.has('state')).toBe(false);
    expect(requests[0].headers.get('Authorization')).toBe('token secret');
  });

  it('makes edits on the revision that was seen', async () => {
    const saved = exampleEntry({ state: 'accepted', revision: 4 });
    const { api, requests } = client(() => json(saved));
    const edit = {
      decision: 'accepted' as const,
      description: '',
      reason: '',
      rating: null,
      draft_id: null,
      categories: null,
      stages: null
    };
    expect(await api.review(exampleEntry({ id: 7, revision: 3 }), edit)).toEqual(saved);
    expect(new URL(requests[0].url).pathname).toBe('/base/headlab/entries/7/review');
    expect(requests[0].method).toBe('POST');
    expect(requests[0].headers.get('If-Match')).toBe('"3"');
    expect(await requests[0].json()).toEqual(edit);

    await api.annotate(saved, { note: 'n', tags: null, categories: null, stages: null });
    expect(requests[1].method).toBe('PATCH');
    expect(requests[1].headers.get('If-Match')).toBe('"4"');

    await api.undo(saved);
    expect(new URL(requests[2].url).pathname).toBe('/base/headlab/entries/1/undo');
    expect(await requests[2].text()).toBe('');
  });

  it('names the catalogue that it is meant for, where it is meant for one', async () => {
    const { api, requests } = client(() => json(exampleEntry()));
    await api.at('/tmp/köpfe 1.db').entry(1);
    await api.at('/tmp/b.db').undo(exampleEntry({ id: 7, revision: 3 }));
    await api.at('').entry(1);
    await api.entry(1);
    expect(requests.map(one => one.headers.get('HeadLab-Place'))).toEqual([
      '%2Ftmp%2Fk%C3%B6pfe%201.db',
      '%2Ftmp%2Fb.db',
      null,
      null
    ]);
    expect(requests[1].headers.get('If-Match')).toBe('"3"');
    expect(requests[0].headers.get('Authorization')).toBe('token secret');
  });

  it("asks Jupyter's authorizer whether the catalogue may be changed", async () => {
    for (const [actions, may] of [
      [['write'], true],
      [[], false]
    ] as const) {
      const { api, requests } = client(() => json({ permissions: { headlab: actions } }));
      expect(await api.mayWrite()).toBe(may);
      const url = new URL(requests[0].url);
      expect(url.pathname).toBe('/base/api/me');
      expect(JSON.parse(url.searchParams.get('permissions')!)).toEqual({ headlab: ['write'] });
    }
    expect(await client(() => json({})).api.mayWrite()).toBe(false);
  });

  it('finds an entry by the name of its head', async () => {
    const { api, requests } = client(() => json(exampleEntry()));
    await api.find('f00d', { layer: 2, index: 5 });
    expect(new URL(requests[0].url).searchParams.get('head')).toBe('L2H5');
  });

  it("throws the server's Problem, with the entry as it is for an edit that came late", async () => {
    const current = exampleEntry({ state: 'rejected', revision: 9 });
    const sent = { kind: 'stale', message: 'L2H5 is at revision 9.', current };
    const { api } = client(() => json(sent, 412));
    expect(await problemOf(api.undo(exampleEntry()))).toEqual(sent);
  });

  it('says what to do when the server is silent, without HeadLab, or answers something else', async () => {
    const silent = client(() => Promise.reject(new TypeError('Failed to fetch'))).api;
    expect((await problemOf(silent.overview())).message).toContain('does not answer');

    const without = client(() => new Response('<html>', { status: 404 })).api;
    expect(await problemOf(without.overview())).toMatchObject({
      kind: 'not_found',
      message: expect.stringContaining('server extension enable')
    });

    const signedOut = client(() => new Response('{"message": "Forbidden"}', { status: 403 })).api;
    expect((await problemOf(signedOut.overview())).kind).toBe('forbidden');

    const broken = client(() => new Response('<html>', { status: 200 })).api;
    expect((await problemOf(broken.overview())).kind).toBe('internal');
  });
});
