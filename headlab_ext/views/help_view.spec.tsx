import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import axe from 'axe-core';
import * as React from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { STATES } from '../contract/records';
import { stateWord } from './head_states';
import { HELP_TOPICS } from './help_topics';
import { HelpView } from './help_view';
import { REVIEW_KEYS } from './review_keys';

afterEach(cleanup);

describe('the help', () => {
  it('leads to each of its topics', () => {
    render(<HelpView />);
    for (const topic of HELP_TOPICS) {
      fireEvent.click(screen.getByRole('button', { name: topic.title }));
      expect(document.activeElement).toBe(screen.getByRole('heading', { name: topic.title }));
    }
  });

  it('explains every state and every key of the review', () => {
    const { container } = render(<HelpView />);
    const terms = Array.from(container.querySelectorAll('dt'), term => term.textContent);
    for (const state of STATES) {
      expect(terms).toContain(stateWord(state));
    }
    const keys = Array.from(container.querySelectorAll('kbd'), key => key.textContent);
    for (const key of Object.values(REVIEW_KEYS)) {
      expect(keys).toContain(key);
    }
  });

  it('gives a formula and a paper for the scores', () => {
    render(<HelpView />);
    const term = screen.getByText('Relation score').closest('div');
    expect(term?.textContent).toContain('W_V W_O W_U');
    expect(term?.querySelector('a')?.getAttribute('href')).toBe('https://arxiv.org/abs/2412.11965');
  });

  it('has nothing that axe calls serious', async () => {
    const { container } = render(<HelpView />);
    const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
    expect(found.violations.map(one => `${one.id}: ${one.nodes[0].html}`)).toEqual([]);
  });
});
