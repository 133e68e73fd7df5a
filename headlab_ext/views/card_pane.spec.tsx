// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Head, HeadView } from '../contract/records';
import type { BenchApi } from './api';
import { CardPane } from './card_pane';
import { EntryView } from './entry_view';
import { FakeEntries, FakeTyping, makeCard, makeEntry, makeView } from './spec_records';

afterEach(cleanup);

interface Asked {
  head: Head;
  answer: (view: HeadView) => Promise<void>;
  fail: (message: string) => Promise<void>;
}

function open(first: Head | null = { layer: 1, index: 10 }) {
  const asked: Asked[] = [];
  let changed: () => void = () => undefined;
  const onHead = vi.fn();
  const api = {
    head: (head: Head) =>
      new Promise<HeadView>((resolve, reject) => {
        asked.push({
          head,
          answer: view => act(async () => resolve(view)),
          fail: message => act(async () => reject(new Error(message)))
        });
      }),
    onCatalogueChange: (listener: () => void) => {
      changed = listener;
      return () => undefined;
    },
    status: () => ({ job: null }),
    onStatus: () => () => undefined,
    drafters: async () => []
  } as unknown as BenchApi;
  const pane = (head: Head | null) => (
    <CardPane
      api={api}
      typing={new FakeTyping()}
      head={head}
      model={makeCard().model}
      onHead={onHead}
    />
  );
  const page = render(pane(first));
  return {
    asked,
    onHead,
    change: () => act(() => changed()),
    select: (head: Head) => page.rerender(pane(head))
  };
}

const name = () => screen.queryByRole('heading', { level: 2 })?.textContent;
const viewOf = (head: Head) =>
  makeView({ head, card: makeCard({ head }), entry: makeEntry({ head, id: head.index }) });

describe('CardPane', () => {
  it('says what to do without a head', () => {
    const { asked } = open(null);
    expect(screen.getByText(/Pick a head on the map/)).toBeTruthy();
    expect(asked).toEqual([]);
  });

  it('drops the reply of a head that is no longer selected', async () => {
    const { asked, select } = open({ layer: 0, index: 1 });
    select({ layer: 0, index: 2 });
    await asked[1].answer(viewOf({ layer: 0, index: 2 }));
    await asked[0].answer(viewOf({ layer: 0, index: 1 }));
    expect(name()).toBe('L0H2');
  });

  it('says why there is no card and asks again', async () => {
    const { asked } = open();
    await asked[0].fail('out of memory');
    expect(screen.getByRole('alert').textContent).toContain('out of memory');
    fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
    await asked[1].answer(makeView());
    expect(name()).toBe('L1H10');
  });

  it('takes a newer entry from elsewhere and never an older one', async () => {
    const { asked, change } = open();
    await asked[0].answer(makeView({ entry: makeEntry({ revision: 5 }) }));
    change();
    await asked[1].answer(makeView({ entry: makeEntry({ revision: 4, description: 'Older.' }) }));
    expect(screen.queryByText('Older.')).toBeNull();
    change();
    await asked[2].answer(makeView({ entry: makeEntry({ revision: 6, description: 'Newer.' }) }));
    expect(screen.getByText('Newer.')).toBeTruthy();
  });

  it('keeps typed text when the entry changes elsewhere', async () => {
    const { asked, change } = open();
    await asked[0].answer(makeView());
    const area = () => screen.getByLabelText(/^Description/) as HTMLTextAreaElement;
    fireEvent.change(area(), { target: { value: 'mine' } });
    change();
    await asked[1].answer(makeView({ entry: makeEntry({ revision: 3, note: 'theirs' }) }));
    expect((screen.getByLabelText('Note') as HTMLTextAreaElement).value).toBe('theirs');
    expect(area().value).toBe('mine');
  });

  it('says what to do before the first draft', async () => {
    const { asked } = open();
    await asked[0].answer(makeView({ entry: null }));
    expect(screen.getByText(/Draft a description above/)).toBeTruthy();
  });

  it('steps to the neighbours that share a key-value head', async () => {
    const { asked, onHead } = open();
    const siblings = [8, 9, 10, 11].map(index => ({ layer: 1, index }));
    await asked[0].answer(makeView({ siblings }));
    fireEvent.click(screen.getByRole('button', { name: '← L1H9' }));
    fireEvent.click(screen.getByRole('button', { name: 'L1H11 →' }));
    expect(onHead.mock.calls).toEqual([[{ layer: 1, index: 9 }], [{ layer: 1, index: 11 }]]);
  });

  it('shows a skeleton when the evidence takes longer', async () => {
    open();
    await waitFor(() => expect(screen.getByText('Reading the evidence of L1H10')).toBeTruthy());
  });
});

describe('EntryView', () => {
  it('says that an entry has no evidence and can still be reviewed', () => {
    const entry = makeEntry({ card: null });
    render(
      <EntryView
        entry={entry}
        api={new FakeEntries(entry)}
        typing={new FakeTyping()}
        onEntry={() => undefined}
      />
    );
    expect(screen.getByText(/has no evidence here/)).toBeTruthy();
    expect(screen.getByRole('button', { name: /Accept/ })).toBeTruthy();
  });
});
