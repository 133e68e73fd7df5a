import type { ClipboardEvent } from 'react';

/**
 * Copies a selection inside tokens as the tokens' own characters: browsers drop a newline at the end
 * of a selection, and a token can be nothing else.
 */
export function copyTokens(event: ClipboardEvent<HTMLElement>): void {
  const selection = window.getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) {
    return;
  }
  const range = selection.getRangeAt(0);
  if (event.currentTarget.contains(range.commonAncestorContainer)) {
    event.clipboardData.setData('text/plain', range.cloneContents().textContent ?? '');
    event.preventDefault();
  }
}
