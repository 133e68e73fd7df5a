// @vitest-environment happy-dom
import { cleanup, fireEvent, render } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FreeText, visibleText } from './free_text';
import { Token, Tokens } from './token';

afterEach(cleanup);

const TRAPS: [escaped: string, copied: string, name: string][] = [
  [' the', ' the', 'space-the'],
  ['the', 'the', 'the'],
  ['\\n\\n', '\n\n', 'newline-newline'],
  ['\\t', '\t', 'tab'],
  ['\\xe2', '\\xe2', '<0xE2>'],
  ['\\u202e', '\u202e', 'U+202E'],
  ['\\u200b', '\u200b', 'U+200B'],
  ['👩\\u200d💻', '👩\u200d💻', '👩-U+200D-💻'],
  ['👩💻', '👩💻', '👩💻'],
  ['<script>alert(1)</script>', '<script>alert(1)</script>', '<script>alert(1)</script>'],
  ['‹<bos>›', '<bos>', 'special token <bos>'],
  ['<bos>', '<bos>', '<bos>']
];

function drawn(text: string): HTMLElement {
  return render(<Token text={text} />).container.firstElementChild as HTMLElement;
}

describe('Token', () => {
  it.each(TRAPS)('holds the true text of %j and a readable name', (text, copied, name) => {
    const token = drawn(text);
    expect(token.textContent).toBe(copied);
    expect(token.getAttribute('aria-label')).toBe(name);
    expect(token.querySelector('script')).toBeNull();
  });

  it('draws the traps pairwise differently', () => {
    const seen = TRAPS.map(([text]) =>
      drawn(text).outerHTML.replace(/(aria-label|title)="[^"]*"/g, '')
    );
    expect(new Set(seen).size).toBe(TRAPS.length);
  });

  it('says id, position and note in its tip', () => {
    const { container } = render(<Token text=" the" id={262} position={4} note="score 1" />);
    const token = container.firstElementChild!;
    expect(token.getAttribute('aria-label')).toBe('space-the, id 262, position 4');
    expect(token.getAttribute('title')).toBe('\u2068" the"\u2069, id 262, position 4\nscore 1');
  });

  it('keeps invisible characters out of its tip', () => {
    expect(drawn('\\u202e').getAttribute('title')).toBe('\u2068"\\u{202e}"\u2069');
  });

  it('is copied as its own characters', () => {
    const token = drawn('\\n\\n');
    const range = document.createRange();
    range.selectNodeContents(token);
    window.getSelection()!.removeAllRanges();
    window.getSelection()!.addRange(range);
    const setData = vi.fn();
    expect(fireEvent.copy(token, { clipboardData: { setData } })).toBe(false);
    expect(setData).toHaveBeenCalledWith('text/plain', '\n\n');
  });

  it('names an empty token', () => {
    expect(drawn('').getAttribute('aria-label')).toBe('empty token');
  });
});

describe('Tokens', () => {
  it('boxes one and counts positions from the first', () => {
    const { container } = render(<Tokens texts={[' a', ' b']} boxed={1} from={5} />);
    const tokens = container.querySelectorAll('.hl-Token');
    expect(tokens[1].getAttribute('data-kind')).toBe('target');
    expect(tokens[1].getAttribute('aria-label')).toBe('space-b, position 6');
  });
});

describe('FreeText', () => {
  it('shows markup as text and boxes what reorders it', () => {
    const { container } = render(<FreeText text={'<b>x</b> \u202eevil 👩\u200d💻'} />);
    expect(container.querySelector('b')).toBeNull();
    expect(container.querySelector('[data-mark="U+202E"]')).not.toBeNull();
    expect(container.textContent).toBe('<b>x</b> evil 👩\u200d💻');
  });

  it('names such characters where only a string will do', () => {
    expect(visibleText('a\u202eb')).toBe('a[U+202E]b');
  });
});
