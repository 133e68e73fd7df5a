import { cleanup, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { CatalogueProblems, checkWords, copyWords } from './catalogue_check';

afterEach(cleanup);

describe('a check of the catalogue', () => {
  it('is told in one sentence that a notification can hold', () => {
    const whole = checkWords({ entries: 100_000, n_problems: 0, problems: [] });
    expect(whole).toBe('The catalogue is whole: 100,000 entries, each as its history says.');
    const one = checkWords({ entries: 3, n_problems: 1, problems: ['x'] });
    expect(one).toBe('The catalogue has 1 problem. Nothing was changed.');
    const copy = copyWords({ file: 'catalogue-20260102T030405000678.backup.db', size: 3_000_000 });
    expect(copy).toContain('(2.9 MiB)');
    expect(copyWords({ file: 'a.db', size: 2048 })).toContain('(2 KiB)');
    expect(copyWords({ file: 'a.db', size: 2048, n_problems: 2 })).toContain(
      'It has 2 problems, as the catalogue has. Keep older backups too.'
    );
    expect(Math.max(whole.length, one.length, copy.length)).toBeLessThan(140);
  });

  it('shows problems as text, and says how many are not shown', () => {
    const problems = ['Entry 1 <img src=x onerror=alert(1)>', 'Entry 2\u202e'];
    const { container } = render(
      <CatalogueProblems check={{ entries: 4, n_problems: 5, problems }} />
    );
    const shown = screen.getAllByRole('listitem').map(one => one.textContent);
    expect(shown[0]).toBe(problems[0]);
    expect(container.querySelector('img')).toBeNull();
    expect(container.querySelector('[data-mark="U+202E"]')).not.toBeNull();
    expect(screen.getByText(/^3 more are not shown/)).toBeTruthy();
  });
});
