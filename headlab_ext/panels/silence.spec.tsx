import { act, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeModel } from './fake_model';
import panel from './workbench';

const NO_MODEL = { model: null, model_name: '', job: null, warning: '' };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a panel without an answer says so, and asks again when told to', async () => {
  const model = new FakeModel({ status: NO_MODEL, measure: '', selected: '', typing: {} });
  const el = document.body.appendChild(document.createElement('div'));
  let close = (): void => undefined;
  act(() => {
    close = panel.render({ model, el });
  });
  const asked = () => model.sent.filter(one => one.method === 'models');
  await act(() => vi.advanceTimersByTimeAsync(3900));
  expect(screen.queryByText(/kernel does not answer/)).toBeNull();
  await act(() => vi.advanceTimersByTimeAsync(60_000));
  screen.getByText(/kernel does not answer/);
  const before = asked().length;
  act(() => screen.getByRole('button', { name: 'Ask again' }).click());
  expect(asked()).toHaveLength(before + 1);
  expect(new Set(asked().map(one => one.request)).size).toBe(1);

  const [{ page, request }] = asked();
  await act(async () => {
    for (const one of model.sent.filter(other => 'request' in other)) {
      model.answer({ page, ack: one.request });
    }
    model.answer({ page, reply: request, result: [] });
    await vi.advanceTimersByTimeAsync(10);
  });
  expect(screen.queryByText(/kernel does not answer/)).toBeNull();
  act(close);
});
