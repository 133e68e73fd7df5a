// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { NAMED_HEAD_STAGES, NAMED_HEADS } from '../contract/records';
import { HEAD_NAME_CHOICES, suggestedStages } from './head_names';
import { LabelsForm } from './labels_form';
import { makeDraft, makeEntry } from './spec_records';
import { useReviewLabels, type ReviewLabels } from './use_review_labels';

afterEach(cleanup);

function open(entry = makeEntry()) {
  const seen: { labels: ReviewLabels | null } = { labels: null };
  function Page(): React.JSX.Element {
    const labels = useReviewLabels(entry, makeDraft());
    React.useEffect(() => {
      seen.labels = labels;
    });
    return <LabelsForm labels={labels} disabled={false} onSave={vi.fn()} />;
  }
  render(<Page />);
  return () => seen.labels!;
}

function addName(name: string): void {
  const field = screen.getByLabelText('name of a head');
  fireEvent.change(field, { target: { value: name } });
  fireEvent.keyDown(field, { key: 'Enter' });
}

describe('names of heads', () => {
  it('are added from the survey or freely, and saved as an annotation of their own', () => {
    const labels = open();
    addName('induction');
    addName('date copier');
    expect(labels().annotation()).toEqual({
      note: null,
      categories: null,
      stages: null,
      tags: null,
      head_names: ['induction', 'date copier']
    });
    expect(screen.getByText(/Labels:/).textContent).toContain('induction head, date copier head');
  });

  it('outlast a decision, which does not save them', () => {
    const labels = open();
    addName('successor');
    act(() => labels().decided());
    expect(labels().typed.head_names).toEqual(['successor']);
  });

  it('suggest their stage and set it only when a person says so', () => {
    const labels = open(makeEntry({ stages: ['KR'], categories: ['knowledge'] }));
    addName('induction');
    expect(labels().stages).toEqual(['KR']);
    fireEvent.click(screen.getByRole('button', { name: 'Add stage LR' }));
    expect(labels().stages).toEqual(['KR', 'LR']);
    expect(screen.queryByRole('button', { name: /Add stage/ })).toBeNull();
  });

  it('are proposed with their stage until they are chosen', () => {
    open(makeEntry({ head_names: ['induction'] }));
    const proposed = [...document.querySelectorAll('datalist option')];
    expect(proposed).toHaveLength(NAMED_HEADS.length - 1);
    expect(proposed.map(option => option.getAttribute('value'))).not.toContain('induction');
  });
});

describe('suggestedStages', () => {
  it('speaks for the stage of each name of the survey', () => {
    for (const name of NAMED_HEADS) {
      expect(suggestedStages([name], [])).toEqual([
        { stage: NAMED_HEAD_STAGES[name], names: [name] }
      ]);
    }
    expect(HEAD_NAME_CHOICES[0]).toEqual({
      value: 'associative memory',
      title: 'KR, knowledge recalling'
    });
  });

  it('reads a name as the catalogue does, and knows no stage of others', () => {
    expect(suggestedStages(['Induction Head', 'Name mover heads'], [])).toEqual([
      { stage: 'ICI', names: ['Name mover heads'] },
      { stage: 'LR', names: ['Induction Head'] }
    ]);
    expect(suggestedStages(['my own', 'toString', ''], [])).toEqual([]);
    expect(suggestedStages(['induction', 'successor'], ['LR'])).toEqual([]);
  });
});
