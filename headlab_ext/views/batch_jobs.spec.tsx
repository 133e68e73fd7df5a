import { cleanup, render, screen, within } from '@testing-library/react';
import axe from 'axe-core';
import * as React from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import type { DraftJob } from '../contract/records';
import { BatchJobs } from './batch_jobs';
import { makeJob } from './batch_records';
import type { Texts } from './batch_texts';
import { makeDraft } from './spec_records';

afterEach(cleanup);

const SENT = makeJob({ id: 4, head: { layer: 0, index: 4 }, state: 'sent', attempts: 2 });
const WAITING = makeJob({ id: 5, head: { layer: 0, index: 5 } });

function table(jobs: DraftJob[], texts: Texts) {
  return <BatchJobs jobs={jobs} texts={texts} priced onOpen={() => undefined} />;
}

function row(head: string) {
  return screen.getByRole('row', { name: new RegExp(head) });
}

describe('the row of a draft that is being written', () => {
  it('shows the text so far as not checked, in place of the number of attempts', () => {
    render(table([SENT, WAITING], new Map([[4, 'Maps countries']])));
    expect(row('L0H4').textContent).toMatch(/sentnot checked yetMaps countries/);
    expect(row('L0H5').textContent).toMatch(/waiting/);
    expect(within(row('L0H5')).queryByText('not checked yet')).toBeNull();
  });

  it('counts as sent though its job was read before that', () => {
    render(table([WAITING], new Map([[5, 'Copies']])));
    expect(row('L0H5').getAttribute('data-state')).toBe('sent');
    expect(screen.getByRole('button', { name: 'Sent 1' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Waiting 1' })).toBeNull();
  });

  it('shows the draft alone once there is one', () => {
    const texts = new Map([[4, 'Maps countr']]);
    const { rerender } = render(table([SENT], texts));
    const draft = makeDraft({ description: 'Maps countries to capitals.' });
    rerender(table([{ ...SENT, state: 'done', draft }], texts));
    expect(row('L0H4').textContent).toMatch(/done2 attemptsMaps countries to capitals\./);
    expect(screen.queryByText('not checked yet')).toBeNull();
    expect(screen.queryByText('Maps countr')).toBeNull();
  });

  it('keeps what is written as text', async () => {
    const text = '<img src=x onerror=alert(1)> \u202e [x](javascript:alert(1))';
    const { container } = render(table([SENT], new Map([[4, text]])));
    expect(container.querySelector('img, a')).toBeNull();
    expect(row('L0H4').textContent).toContain('<img src=x onerror=alert(1)>');
    expect(container.innerHTML).not.toContain('\u202e');
    const rules = { 'color-contrast': { enabled: false }, region: { enabled: false } };
    expect((await axe.run(container, { rules })).violations).toEqual([]);
  });
});
