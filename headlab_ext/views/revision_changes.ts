// What a revision changed, read with care: a history can come from an import.
import type { Revision } from '../contract/records';

/** The description that a revision wrote, null when it wrote none. */
export function describedIn(revision: Revision): string | null {
  const { change } = revision;
  const holder = revision.action === 'draft' ? change.draft : change;
  const text = isObject(holder) ? holder.description : null;
  return typeof text === 'string' && text !== '' ? text : null;
}

/** The text that a revision's description replaces: its draft's, else the last one before it. */
export function replacedBy(revision: Revision, history: readonly Revision[]): string | null {
  if (revision.action !== 'review') {
    return null;
  }
  const draft = history.find(one => one.number === revision.change.draft_id);
  if (draft) {
    return describedIn(draft);
  }
  const earlier = history
    .filter(one => one.number < revision.number && describedIn(one) !== null)
    .sort((a, b) => b.number - a.number);
  return earlier.length > 0 ? describedIn(earlier[0]) : null;
}

/** What was done, in words: "edited, rated 4, about draft 3". */
export function summaryOf(revision: Revision): string {
  const { change } = revision;
  switch (revision.action) {
    case 'created':
      return 'entry created from evidence';
    case 'evidence':
      return 'evidence replaced';
    case 'draft':
      return revision.source === 'human' ? 'own draft added' : 'draft added';
    case 'undo':
      return `took back revision ${written(change.undoes)}`;
    case 'redo':
      return `put back revision ${written(change.redoes)}`;
    case 'import':
      return isObject(change.evidence)
        ? given(change.evidence.file, 'evidence imported from ')
        : 'imported';
    case 'review':
      return listed([
        written(change.decision),
        given(change.draft_id, 'about draft '),
        given(change.rating, 'rated '),
        given(change.reason, 'reason: '),
        change.now === true ? 'before all who were asked had voted' : '',
        given(start(change.note), 'note: '),
        given(change.tags, 'tags: '),
        given(change.head_names, 'head names: ')
      ]);
    case 'annotate':
      return listed([
        given(start(change.note), 'note: '),
        given(change.tags, 'tags: '),
        given(change.categories, 'categories: '),
        given(change.stages, 'stages: '),
        given(change.head_names, 'head names: ')
      ]);
    case 'assign':
      return listed([
        given(change.asked, 'asked for a vote: '),
        given(change.released, 'released: '),
        given(change.reason, 'reason: ')
      ]);
    case 'test':
      return listed(['tested', ...verdicts(change.tests)]);
  }
}

/** Whether the author was signed in at a server that vouches for the name. */
export function isSignedIn(revision: Revision): boolean {
  return typeof revision.change.authenticated_by === 'string';
}

/** "S4 passes", one for each test that a revision added. */
function verdicts(tests: unknown): string[] {
  return (Array.isArray(tests) ? tests : [])
    .filter(isObject)
    .map(test => `${written(test.kind ?? test.test)} ${written(test.verdict)}`);
}

const LONGEST = 200;

/** A note can be as long as a page; its beginning says which it is. */
function start(note: unknown): unknown {
  return typeof note === 'string' && note.length > LONGEST
    ? `${[...note.slice(0, LONGEST)].slice(0, -1).join('')}…`
    : note;
}

function given(value: unknown, words: string): string {
  return value === undefined || value === null || value === '' ? '' : words + written(value);
}

function written(value: unknown): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? 'none' : value.map(String).join(', ');
  }
  return String(value ?? '');
}

function listed(parts: readonly string[]): string {
  return parts.filter(Boolean).join('; ');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
