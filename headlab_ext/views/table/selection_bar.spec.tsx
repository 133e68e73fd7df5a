import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FIRST_LAYOUT } from './columns';
import { ColumnChooser } from './column_chooser';
import { News } from './news';
import { SelectionBar, type SelectionBarProps } from './selection_bar';

afterEach(cleanup);

function show(change: Partial<SelectionBarProps> = {}) {
  const told = {
    onTag: vi.fn(),
    onTagFocus: vi.fn(),
    onCancel: vi.fn(),
    onDraft: vi.fn(),
    onCompare: vi.fn(),
    onClear: vi.fn()
  };
  render(
    <SelectionBar
      count={3}
      heads={[]}
      severalModels={false}
      busy={false}
      running={null}
      said=""
      problem={null}
      tags={['done']}
      {...told}
      {...change}
    />
  );
  return told;
}

const button = (name: RegExp | string) => screen.getByRole<HTMLButtonElement>('button', { name });
const type = (name: RegExp | string, value: string) =>
  fireEvent.change(screen.getByRole('textbox', { name }), { target: { value } });

describe('what can be done with selected entries', () => {
  it('is nothing before any is selected, and how to do that', () => {
    show({ count: 0 });
    expect(screen.queryAllByRole('button')).toEqual([]);
    expect(screen.getByText(/selects a row/)).toBeTruthy();
  });

  it('names few heads, because the list may not show them any more', () => {
    const heads = [
      { layer: 0, index: 1 },
      { layer: 23, index: 28 }
    ];
    show({ count: 2, heads });
    expect(screen.getByText('L0H1, L23H28 selected')).toBeTruthy();
    cleanup();
    show({ count: 3, heads });
    expect(screen.getByText('3 selected')).toBeTruthy();
  });

  it('has no way to accept', () => {
    show();
    const names = screen.getAllByRole('button').map(one => one.textContent);
    expect(names).toEqual(['Clear', 'Draft these d', 'Compare c', 'Add tag', 'Remove tag']);
  });

  it('compares two to four heads, and says so for others', () => {
    const told = show();
    fireEvent.click(button(/^Compare/));
    expect(told.onCompare).toHaveBeenCalledTimes(1);
    for (const count of [1, 5]) {
      cleanup();
      const other = show({ count });
      expect(button(/^Compare/).textContent).toContain('select 2 to 4 heads');
      fireEvent.click(button(/^Compare/));
      expect(other.onCompare).not.toHaveBeenCalled();
    }
  });

  it('drafts heads of one model', () => {
    show({ severalModels: true });
    expect(button(/^Draft these/).getAttribute('aria-disabled')).toBe('true');
    cleanup();
    const told = show();
    fireEvent.click(button(/^Draft these/));
    expect(told.onDraft).toHaveBeenCalledTimes(1);
  });

  it('adds and removes a tag', () => {
    const told = show();
    expect(button('Add tag').disabled).toBe(true);
    for (const [name, step] of [
      ['Add tag', 'add'],
      ['Remove tag', 'remove']
    ]) {
      fireEvent.change(screen.getByRole('combobox', { name: 'Tag' }), {
        target: { value: ' done ' }
      });
      fireEvent.click(button(name));
      expect(told.onTag).toHaveBeenLastCalledWith(step, 'done');
    }
  });

  it('wants the number typed above 100 entries', () => {
    const told = show({ count: 101 });
    fireEvent.change(screen.getByRole('combobox', { name: 'Tag' }), { target: { value: 'x' } });
    fireEvent.submit(button('Add tag').closest('form')!);
    expect(told.onTag).not.toHaveBeenCalled();
    type(/to confirm/, '100');
    expect(button('Add tag').disabled).toBe(true);
    type(/to confirm/, '101');
    fireEvent.click(button('Add tag'));
    expect(told.onTag).toHaveBeenCalledWith('add', 'x');
  });

  it('shows how far a run is, and ends it', () => {
    const told = show({ running: { done: 2, total: 3 } });
    expect(screen.getByText('2 of 3')).toBeTruthy();
    fireEvent.click(button('Cancel'));
    expect(told.onCancel).toHaveBeenCalledTimes(1);
  });
});

describe('beside the table', () => {
  it('new rows wait for a person', () => {
    const onShow = vi.fn();
    const { rerender } = render(<News arrived={12} onShow={onShow} />);
    fireEvent.click(button('12 new, show'));
    expect(onShow).toHaveBeenCalledTimes(1);
    rerender(<News arrived={0} onShow={onShow} />);
    expect(button('The list changed elsewhere, show')).toBeTruthy();
  });

  it('columns are chosen and moved, but for the head, which stays', () => {
    const onLayout = vi.fn();
    render(<ColumnChooser layout={FIRST_LAYOUT} onLayout={onLayout} />);
    const box = (name: string) => screen.getByRole<HTMLInputElement>('checkbox', { name });
    expect(box('Head').disabled).toBe(true);
    fireEvent.click(box('Tests'));
    expect(onLayout).toHaveBeenLastCalledWith(expect.objectContaining({ hidden: ['tests'] }));
    fireEvent.click(button('State to the left'));
    expect(onLayout.mock.lastCall?.[0].order.slice(0, 2)).toEqual(['state', 'head']);
    expect(button('Head to the left').disabled).toBe(true);
    expect(button('Updated to the right').disabled).toBe(true);
  });
});
