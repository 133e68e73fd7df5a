import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Head, Measure, MeasureValues } from '../contract/records';
import { ApiError, type Selection } from './api';
import { headName } from './heads';
import {
  STATE_MEASURE,
  TINY,
  TINY_MODEL,
  TINY_STATES,
  apiOf,
  measureOf,
  selectionOf,
  statesOf,
  valuesOf
} from './map_fixture';
import { MapPane } from './map_pane';

beforeEach(() => vi.useFakeTimers({ shouldAdvanceTime: true }));
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const BEST = measureOf({
  key: 'best',
  group: 'overview',
  category: '',
  title: 'Largest relation score'
});
const CAPITAL = TINY.measure;
const LIST = [CAPITAL, STATE_MEASURE, BEST];

interface Waiting {
  key: string;
  signal?: AbortSignal;
  answer: (values: MeasureValues) => void;
  fail: (error: unknown) => void;
}

/** A kernel whose answers the spec gives by hand, except for the states. */
function slowApi(measures: Measure[] = LIST) {
  const waiting: Waiting[] = [];
  const kernel = apiOf(measures, (key, signal) =>
    key === 'state'
      ? Promise.resolve(TINY_STATES)
      : new Promise((answer, fail) => waiting.push({ key, signal, answer, fail }))
  );
  return { ...kernel, waiting };
}

const answerTo = (key: string): MeasureValues =>
  key === 'state' ? TINY_STATES : { ...TINY, measure: LIST.find(one => one.key === key)! };

function Shown(props: {
  kernel: ReturnType<typeof apiOf>;
  start?: string;
  selection?: Selection;
  onOpen?: (head: Head) => void;
}) {
  const [measure, setMeasure] = React.useState(props.start ?? '');
  const [selection] = React.useState(() => props.selection ?? selectionOf());
  return (
    <MapPane
      api={props.kernel.api}
      selection={selection}
      model={TINY_MODEL}
      measure={measure}
      onMeasure={setMeasure}
      onOpen={props.onOpen ?? vi.fn()}
    />
  );
}

const settle = (milliseconds = 0) => act(() => vi.advanceTimersByTimeAsync(milliseconds));
const picker = () => screen.getByRole<HTMLInputElement>('combobox', { name: 'Measure' });
const choose = (text: string) => {
  fireEvent.change(picker(), { target: { value: text } });
  fireEvent.keyDown(picker(), { key: 'Enter' });
};
const focusCell = () =>
  screen
    .getAllByRole('gridcell')
    .find(cell => cell.tabIndex === 0)!
    .focus();
const press = (key: string) => fireEvent.keyDown(document.activeElement!, { key });
const gridName = () => screen.getByRole('grid').getAttribute('aria-label');
const ready = (key: string) => Promise.resolve(answerTo(key));

describe('the map pane', () => {
  it('shows the first overview with the keyboard on its best head, states included', async () => {
    render(<Shown kernel={apiOf(LIST, ready)} />);
    await settle();
    expect(gridName()).toContain('Largest relation score');
    expect(screen.getAllByRole('gridcell')[2].tabIndex).toBe(0);
    expect(screen.getAllByRole('gridcell')[2].getAttribute('aria-label')).toContain('accepted');
    expect(screen.getByText('6 heads')).toBeTruthy();
    await settle(1100);
    expect(screen.getByRole('status').textContent).toBe(
      'Largest relation score: highest L1H2 with 0.900 share of pairs'
    );
  });

  it('drops a late answer to an older choice and cancels its request', async () => {
    const kernel = slowApi();
    render(<Shown kernel={kernel} />);
    await settle();
    choose('capital');
    await settle();
    expect(kernel.waiting.map(one => one.key)).toEqual(['best', CAPITAL.key]);
    expect(kernel.waiting[0].signal?.aborted).toBe(true);
    await act(async () => kernel.waiting[1].answer(answerTo(CAPITAL.key)));
    await act(async () => kernel.waiting[0].answer(answerTo('best')));
    expect(gridName()).toContain('country to capital');
  });

  it('keeps the old map for a moment, then holds the place', async () => {
    const kernel = slowApi();
    render(<Shown kernel={kernel} />);
    await settle();
    await act(async () => kernel.waiting[0].answer(answerTo('best')));
    choose('capital');
    await settle(100);
    expect(gridName()).toContain('Largest relation score');
    await settle(100);
    expect(screen.queryByRole('grid')).toBeNull();
    expect(document.querySelector('.hl-MapSkeleton')).toBeTruthy();
    await act(async () => kernel.waiting[1].answer(answerTo(CAPITAL.key)));
    expect(gridName()).toContain('country to capital');
  });

  it('asks before it computes what is dear, and again not after a choice', async () => {
    const dear = measureOf({ ...BEST, computed: false, estimate_seconds: 12 });
    const kernel = slowApi([dear, measureOf({ ...CAPITAL, computed: false, estimate_seconds: 9 })]);
    render(<Shown kernel={kernel} />);
    await settle();
    expect(kernel.waiting).toHaveLength(0);
    expect(screen.getByText(/about 12 s/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Compute for 6 heads' }));
    await settle();
    expect(kernel.waiting.map(one => one.key)).toEqual(['best']);
    choose('capital');
    await settle();
    expect(kernel.waiting.map(one => one.key)).toEqual(['best', CAPITAL.key]);
  });

  it('asks for the list again once something new was computed', async () => {
    const kernel = slowApi([measureOf({ ...BEST, computed: false, estimate_seconds: 1 })]);
    render(<Shown kernel={kernel} />);
    await settle();
    await act(async () => kernel.waiting[0].answer(answerTo('best')));
    await settle();
    expect(kernel.asked.filter(one => one === 'measures')).toHaveLength(2);
  });

  it('says what failed and tries again', async () => {
    const kernel = slowApi();
    render(<Shown kernel={kernel} />);
    await settle();
    const problem = {
      kind: 'internal' as const,
      message: 'Out of memory <b>now</b>.',
      current: null
    };
    await act(async () => kernel.waiting[0].fail(new ApiError(problem)));
    expect(screen.getByRole('alert').textContent).toContain(
      'Largest relation score could not be shown. Out of memory <b>now</b>.'
    );
    fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
    await settle();
    expect(screen.queryByRole('alert')).toBeNull();
    await act(async () => kernel.waiting[1].answer(answerTo('best')));
    expect(gridName()).toContain('Largest relation score');
  });

  it('says so when there is nothing to show', async () => {
    render(<Shown kernel={apiOf([], ready)} />);
    await settle();
    expect(screen.getByText(/offers no measure/)).toBeTruthy();
  });

  it('follows changes of the catalogue', async () => {
    let states = TINY_STATES;
    const kernel = apiOf(LIST, key => Promise.resolve(key === 'state' ? states : answerTo(key)));
    render(<Shown kernel={kernel} />);
    await settle();
    states = statesOf([
      ['undescribed', 'undescribed', 'undescribed'],
      ['undescribed', 'undescribed', 'rejected']
    ]);
    await act(async () => kernel.change());
    await settle();
    expect(screen.getAllByRole('gridcell')[2].getAttribute('aria-label')).toContain('rejected');
    expect(kernel.asked.filter(one => one === 'best')).toHaveLength(1);
  });

  it('follows the selection and sets it on opening only', async () => {
    const selection = selectionOf({ layer: 0, index: 0 });
    const onOpen = vi.fn();
    render(<Shown kernel={apiOf(LIST, ready)} selection={selection} onOpen={onOpen} />);
    await settle();
    focusCell();
    press('ArrowRight');
    expect(headName(selection.get()!)).toBe('L0H0');
    press('Enter');
    expect(headName(selection.get()!)).toBe('L0H1');
    expect(onOpen).toHaveBeenCalledTimes(1);
    act(() => selection.set({ layer: 1, index: 1 }));
    const stop = screen.getAllByRole('gridcell').find(cell => cell.tabIndex === 0)!;
    expect(stop.getAttribute('aria-label')).toContain('Layer 1, head 1');
    expect(stop.getAttribute('aria-selected')).toBe('true');
  });

  it('walks the ranks with n and p and reaches measure, filter and keys by m, / and ?', async () => {
    render(<Shown kernel={apiOf(LIST, ready)} />);
    await settle();
    focusCell();
    press('n');
    expect(document.activeElement?.getAttribute('aria-label')).toContain('Layer 0, head 1');
    press('p');
    expect(document.activeElement?.getAttribute('aria-label')).toContain('Layer 1, head 2');
    press('?');
    expect(screen.getByRole('table', { name: 'Keys of the map' })).toBeTruthy();
    press('Escape');
    expect(screen.queryByRole('table', { name: 'Keys of the map' })).toBeNull();
    press('m');
    expect(document.activeElement).toBe(picker());
    expect(press('/')).toBe(true);
    expect(document.activeElement).toBe(picker());
    focusCell();
    press('/');
    expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Filter' }));
  });

  it('filters map and list, and goes to the head that is named', async () => {
    render(<Shown kernel={apiOf(LIST, ready)} />);
    await settle();
    const field = screen.getByRole('textbox', { name: 'Filter' });
    fireEvent.change(field, { target: { value: '≥ .4' } });
    expect(screen.getByText('3 of 6 heads')).toBeTruthy();
    expect(screen.getAllByRole('row')).toHaveLength(1 + 1 + 3);
    fireEvent.change(field, { target: { value: 'capital' } });
    expect(screen.getByText(/Write a threshold/)).toBeTruthy();
    fireEvent.change(field, { target: { value: 'L0H2' } });
    fireEvent.keyDown(field, { key: 'Enter' });
    expect(document.activeElement?.getAttribute('aria-label')).toContain('Layer 0, head 2');
  });

  it('shows titles and labels as text', async () => {
    const odd = measureOf({ ...BEST, title: '<img src=x>', explanation: '<script>1</script>' });
    render(<Shown kernel={apiOf([odd], () => Promise.resolve(valuesOf([[1]], odd)))} />);
    await settle();
    expect(gridName()).toContain('<img src=x>');
    expect(document.querySelector('img, script')).toBeNull();
  });
});
