// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BatchView } from '../contract/records';
import { BatchList } from './batch_list';
import { makeBatch } from './batch_records';

afterEach(cleanup);

const SINGLE = { kind: 'single', selection: 'L1H3', state: 'finished' } as const;

function open(views: BatchView[], chosen: number | null = null) {
  const onChoose = vi.fn();
  render(<BatchList views={views} chosen={chosen} onChoose={onChoose} />);
  return onChoose;
}

const numbers = (label: string) =>
  within(screen.getByRole('list', { name: label }))
    .getAllByRole('button', { hidden: true })
    .map(item => item.textContent?.match(/Batch (\d+)/)?.[1]);

describe('the list of batches', () => {
  it('folds single drafts that have ended away, and leaves interrupted ones in sight', () => {
    const onChoose = open([
      makeBatch({ ...SINGLE, id: 4 }),
      makeBatch({ ...SINGLE, id: 3, state: 'open' }),
      makeBatch({ ...SINGLE, id: 2, state: 'cancelled' }),
      makeBatch({ id: 1 })
    ]);
    expect(numbers('Batches, the newest first')).toEqual(['3', '1']);
    expect(numbers('Single drafts, the newest first')).toEqual(['4', '2']);
    const group = screen.getByText('Single drafts 2').closest('details');
    expect(group?.open).toBe(false);
    fireEvent.click(screen.getByText('Single drafts 2'));
    fireEvent.click(screen.getByRole('button', { name: /Batch 4/ }));
    expect(onChoose).toHaveBeenCalledWith(4);
  });

  it('opens the fold of the one that is shown, and has none without single drafts', () => {
    open([makeBatch({ ...SINGLE, id: 4 })], 4);
    expect(screen.getByText('Single drafts 1').closest('details')?.open).toBe(true);
    expect(screen.getByText('No batch of several heads yet.')).toBeTruthy();
    cleanup();
    open([makeBatch()]);
    expect(screen.queryByText(/Single drafts/)).toBeNull();
  });
});
