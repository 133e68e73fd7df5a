// Buttons that go away with a press: the keyboard goes to the list, so that single keys still work.
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FIRST_LAYOUT } from '../views/table/columns';
import { CatalogueCounts } from './catalogue_counts';
import { CatalogueImport } from './catalogue_import';
import { CatalogueModel } from './catalogue_model';
import { CataloguePanel } from './catalogue_panel';
import { SavedFilters } from './catalogue_saved';
import { exampleEntry, exampleRows, ExampleServer } from './example_entries';
import type { RestApi } from './rest';
import { RowEdits } from './row_edits';
import { TablePanel } from './table_panel';
import { TableSelection } from './table_selection';
import { TableTags } from './table_tags';

beforeEach(() => {
  // happy-dom lays nothing out
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(400);
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(400);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const ways = {
  onWorkbench: vi.fn(),
  onReview: vi.fn(),
  onBatches: vi.fn(),
  onTable: vi.fn(),
  onHelp: vi.fn(),
  onOpen: vi.fn(),
  onSelect: vi.fn(),
  onDraft: vi.fn(),
  onCompare: vi.fn(),
  onLayout: vi.fn(),
  onScroll: vi.fn(),
  exportUrl: () => '',
  scrolledTo: 0
};

/** What both panels show, of a server that `change` can reach. */
function parts(steady: boolean) {
  const server = new ExampleServer(exampleRows(3));
  const rest = Object.assign(server, {
    filters: async () => [],
    facets: async () => ({}),
    review: async () => exampleEntry({ state: 'accepted', revision: 4 }),
    undo: async () => exampleEntry({ revision: 5, redoable: 4 }),
    redo: async () => exampleEntry({ state: 'accepted', revision: 6 })
  });
  const model = new CatalogueModel(server, steady);
  return {
    server,
    rest,
    model,
    counts: new CatalogueCounts(rest as unknown as RestApi),
    saved: new SavedFilters(rest as unknown as RestApi),
    imports: new CatalogueImport(rest as unknown as RestApi)
  };
}

const tabStop = () => document.querySelector('[role="row"][tabindex="0"]');

function click(name: RegExp): void {
  const button = screen.getByRole('button', { name });
  button.focus();
  expect(document.activeElement).toBe(button);
  fireEvent.click(button);
}

describe('the keyboard', () => {
  it('is on a row once new rows were asked for in the table', async () => {
    const { server, rest, model, ...others } = parts(true);
    const selection = new TableSelection(
      { search: () => model.search(), row: () => null, total: () => 3 },
      server
    );
    const tags = new TableTags(rest as unknown as RestApi, vi.fn());
    const table = { ...ways, ...others, model, selection, tags, layout: FIRST_LAYOUT };
    render(<TablePanel {...table} />);
    act(() => model.setVisible(true));
    await waitFor(() => expect(tabStop()).not.toBeNull());
    server.rows = exampleRows(5);
    act(() => model.changed());
    await screen.findByRole('button', { name: /new, show/ });
    click(/new, show/);
    await waitFor(() => expect(model.get().total).toBe(5));
    expect(screen.queryByRole('button', { name: /show/ })).toBeNull();
    expect(tabStop()).not.toBeNull();
    expect(document.activeElement).toBe(tabStop());
  });

  it('is on a row once a decision is taken back or put back in the sidebar', async () => {
    const { rest, model, ...others } = parts(false);
    const edits = new RowEdits(rest, entry => model.take(entry));
    render(<CataloguePanel {...ways} {...others} model={model} edits={edits} />);
    act(() => model.setVisible(true));
    await waitFor(() => expect(tabStop()).not.toBeNull());
    await act(() => edits.decide(exampleRows(1)[0], 'accepted'));
    click(/^Undo the decision/);
    expect(document.activeElement).toBe(tabStop());
    await screen.findByRole('button', { name: /^Redo the decision/ });
    click(/^Redo the decision/);
    await screen.findByRole('button', { name: /^Undo the decision/ });
    expect(tabStop()).not.toBeNull();
    expect(document.activeElement).toBe(tabStop());
  });
});
