/** What a single key does while focus is in the review form and not in a text field. */
export type ReviewCommand =
  'accept' | 'edit' | 'reject' | 'unclear' | 'undo' | 'redo' | { rate: 1 | 2 | 3 | 4 | 5 };

export const REVIEW_KEYS = {
  accept: 'a',
  edit: 'e',
  reject: 'x',
  unclear: 'u',
  undo: 'z',
  redo: 'Shift+Z'
} as const;

type Pressed = Pick<
  KeyboardEvent,
  'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'isComposing' | 'target'
>;

/** The command of a pressed key, null for keys that are not the form's. Undo and redo are on the usual
 * keys of editors, too. */
export function reviewCommand(event: Pressed): ReviewCommand | null {
  if (event.altKey || event.isComposing || takesText(event.target)) {
    return null;
  }
  const accelerated = event.ctrlKey || event.metaKey;
  if (event.key.toLowerCase() === 'z' && (accelerated || event.shiftKey)) {
    return event.shiftKey ? 'redo' : 'undo';
  }
  if (accelerated) {
    return null;
  }
  for (const [command, key] of Object.entries(REVIEW_KEYS)) {
    if (event.key === key) {
      return command as keyof typeof REVIEW_KEYS;
    }
  }
  return /^[1-5]$/.test(event.key) ? { rate: Number(event.key) as 1 | 2 | 3 | 4 | 5 } : null;
}

/** `Ctrl+Enter`, or `⌘+Enter`, saves the text field that has focus. */
export function savesText(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey'>): boolean {
  return event.key === 'Enter' && (event.ctrlKey || event.metaKey);
}

const NOT_TEXT = new Set(['radio', 'checkbox', 'button', 'submit', 'reset', 'range', 'color']);

function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) {
    return false;
  }
  if (target instanceof HTMLInputElement) {
    return !NOT_TEXT.has(target.type);
  }
  return target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName);
}
