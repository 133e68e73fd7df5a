// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react';
import * as React from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { isTangled, MarkdownText, webAddress } from './markdown';
import PAYLOADS from './note_payloads.json';

afterEach(cleanup);

const shown = (text: string) => {
  const { container } = render(<MarkdownText text={text} />);
  return container.querySelector('.hl-Markdown')!;
};

const HARMLESS = new Set(
  ('p em strong code pre ul ol li blockquote h5 h6 hr br a bdi span ' + 'div') // the root
    .split(' ')
);
const ATTRIBUTES = new Set([
  'class',
  'title',
  'dir',
  'href',
  'target',
  'rel',
  'start',
  'data-mark'
]);

describe('Markdown', () => {
  it('renders emphasis, lists, quotes, code and links', () => {
    const page = shown(
      '# Head\n\nA *b* **c** `d`\n\n- e\n- f\n\n> g\n\n[h](https://example.org/i)'
    );
    expect(page.querySelector('h5')!.textContent).toBe('Head');
    expect(page.querySelector('em')!.textContent).toBe('b');
    expect(page.querySelector('strong')!.textContent).toBe('c');
    expect(page.querySelector('code')!.textContent).toBe('d');
    expect([...page.querySelectorAll('li')].map(item => item.textContent)).toEqual(['e', 'f']);
    expect(page.querySelector('blockquote')!.textContent!.trim()).toBe('g');
    const link = screen.getByRole('link', { name: 'h' });
    expect(link.getAttribute('href')).toBe('https://example.org/i');
    expect(link.getAttribute('title')).toBe('https://example.org/i');
    expect(link.getAttribute('rel')).toBe('noopener noreferrer');
    expect(link.getAttribute('target')).toBe('_blank');
  });

  it('shows HTML as the text it is', () => {
    const html = '<b onclick=x>bold</b> <!-- hidden -->';
    expect(shown(html).textContent).toBe(html);
    expect(shown('<div>\nblock\n</div>').textContent).toBe('<div>\nblock\n</div>');
  });

  it('names an image and its address in place of fetching it', () => {
    const page = shown('![a cat](http://127.0.0.1:9/cat.png "title")');
    expect(page.querySelector('img')).toBeNull();
    expect(page.textContent).toBe('image: a cat, http://127.0.0.1:9/cat.png');
  });

  it('shows signs that would reorder the text', () => {
    expect(shown('a\u202eb `c\u200b`').textContent).toBe('a[U+202E]b c[U+200B]');
    expect(shown('![\u202ex](http://a.b/)').textContent).not.toContain('\u202e');
  });

  it.each(PAYLOADS.map((text, index) => [index, text] as const))(
    'payload %i does nothing',
    (_index, text) => {
      const page = shown(text);
      for (const element of [page, ...page.querySelectorAll('*')]) {
        expect(HARMLESS.has(element.localName), element.outerHTML).toBe(true);
        for (const { name, value } of element.attributes) {
          expect(ATTRIBUTES.has(name), `${name}="${value}"`).toBe(true);
          expect(name).not.toBe(name === 'href' && webAddress(value) === '' ? 'href' : '');
        }
      }
    }
  );
});

describe('what is too much to read', () => {
  it.each([
    ['quotes in quotes', '>'.repeat(20_000)],
    ['lists in lists', '- '.repeat(10_000)],
    ['numbered lists in lists', '1. '.repeat(6_000)],
    ['a mixture', '> - * + 1. '.repeat(1_800)],
    ['emphasis around emphasis', `${'**'.repeat(5_000)}a${'**'.repeat(5_000)}`],
    ['open emphasis', '*a_'.repeat(6_600)],
    ['emphasis over lines', '*a\n_b\n'.repeat(3_000)]
  ])('shows %s as written', (_name, text) => {
    expect(isTangled(text)).toBe(true);
    expect(shown(text).textContent).toBe(text);
  });

  it('reads long ordinary notes', () => {
    const note = 'A *finding* about `L5H3`: it copies.\n\n'.repeat(500);
    expect(isTangled(note)).toBe(false);
    expect(shown(note).querySelectorAll('em')).toHaveLength(500);
  });
});

describe('webAddress', () => {
  it.each([
    ['https://example.org/a?b#c', 'https://example.org/a?b#c'],
    ['HTTP://EXAMPLE.ORG', 'http://example.org/'],
    ['javascript:alert(1)', ''],
    [' javascript:alert(1)', ''],
    ['//example.org', ''],
    ['/lab', ''],
    ['#x', ''],
    ['mailto:a@b.c', ''],
    ['', '']
  ])('%s', (address, wanted) => expect(webAddress(address)).toBe(wanted));
});
