// @vitest-environment happy-dom
import { act, cleanup, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Job } from '../contract/records';
import { JobBar, progressText } from './job_bar';

const JOB: Job = {
  id: 1,
  title: 'Computing capital',
  state: 'running',
  step: 'heads',
  done: 12,
  total: 60,
  seconds: 2,
  seconds_left: 8,
  message: ''
};

describe('JobBar', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    cleanup();
    vi.useRealTimers();
  });

  it('shows work that lasts, with a way to end it', () => {
    const cancel = vi.fn();
    render(<JobBar job={JOB} onCancel={cancel} />);
    expect(screen.queryByRole('progressbar')).toBeNull();
    act(() => void vi.advanceTimersByTime(200));
    expect(screen.getByRole('progressbar').getAttribute('value')).toBe('12');
    screen.getByRole('button', { name: 'Cancel' }).click();
    expect(cancel).toHaveBeenCalledOnce();
  });

  it('has no length where the length is unknown', () => {
    render(<JobBar job={{ ...JOB, total: 0, done: 0 }} onCancel={() => undefined} />);
    act(() => void vi.advanceTimersByTime(200));
    expect(screen.getByRole('progressbar').hasAttribute('value')).toBe(false);
  });

  it('says how it ended', () => {
    const { rerender } = render(
      <JobBar job={{ ...JOB, state: 'failed', message: 'no file' }} onCancel={() => undefined} />
    );
    expect(screen.getByText('Computing capital failed: no file')).toBeTruthy();
    rerender(<JobBar job={{ ...JOB, state: 'cancelled' }} onCancel={() => undefined} />);
    expect(screen.getByText(/: cancelled/)).toBeTruthy();
    expect(screen.queryByRole('button')).toBeNull();
  });
});

describe('progressText', () => {
  it('is a sentence with count and time', () => {
    expect(progressText(JOB)).toBe('heads 12 of 60, about 8 s left');
    expect(progressText({ ...JOB, total: 0, seconds_left: null })).toBe('heads, 2 s so far');
    expect(progressText({ ...JOB, step: '', seconds: 0.2, seconds_left: null })).toBe('');
  });
});
