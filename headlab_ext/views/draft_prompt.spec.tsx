// @vitest-environment happy-dom
import { cleanup, render, screen, waitFor } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import type { PromptText, StoredDraft } from '../contract/records';
import { ApiError } from './api';
import { DraftsList } from './drafts_list';
import { makeDraft } from './spec_records';

afterEach(cleanup);

const LLM = { ...makeDraft().drafter, kind: 'llm' as const, name: 'm', prompt_version: '2' };
const MADE = { id: 3, draft: makeDraft({ drafter: LLM }), template: 'ab12' };

function show(
  drafts: readonly StoredDraft[],
  promptText: (name: string) => Promise<PromptText> = async name => ({ sha256: name, text: 'T' })
) {
  const asked: string[] = [];
  const prompts = {
    promptText: (name: string) => {
      asked.push(name);
      return promptText(name);
    }
  };
  render(<DraftsList drafts={drafts} prompts={prompts} />);
  return asked;
}

function open(): void {
  const details = screen.getByText('Prompt').closest('details')!;
  details.open = false;
  details.open = true; // the element tells of it by itself
}

const text = () => screen.getByLabelText('Text of the prompt');

describe('the prompt of a draft', () => {
  it('is asked for when it is opened, once, and shown as plain text', async () => {
    const nasty = '=== system\n<b onclick="x()">Describe</b>';
    const asked = show([MADE], async name => ({ sha256: name, text: nasty }));
    expect(asked).toEqual([]);
    open();
    await waitFor(() => expect(text().textContent).toBe(nasty));
    expect(text().querySelector('b')).toBeNull();
    expect(screen.getByText(/sha256 ab12/)).toBeTruthy();
    open();
    expect(asked).toEqual(['ab12']);
  });

  it('says why it cannot be read, and asks again', async () => {
    let fails = true;
    const asked = show([MADE], async name => {
      if (fails) {
        throw new ApiError({ kind: 'not_found', message: 'No such text.', current: null });
      }
      return { sha256: name, text: 'T' };
    });
    open();
    await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('No such text.'));
    fails = false;
    screen.getByRole('button', { name: 'Retry' }).click();
    await waitFor(() => expect(text().textContent).toBe('T'));
    expect(screen.queryByRole('alert')).toBeNull();
    expect(asked).toHaveLength(2);
  });

  it('is not offered where none is kept', () => {
    show([
      { id: 2, draft: makeDraft({ drafter: LLM }) },
      { id: 4, draft: makeDraft() }
    ]);
    expect(screen.queryByText('Prompt')).toBeNull();
    const [rules, llm] = screen.getAllByRole('listitem').map(item => item.textContent);
    expect(llm).toContain('prompt 2 (text not kept)');
    expect(rules).not.toContain('not kept');
  });
});
