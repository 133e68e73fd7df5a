import * as React from 'react';
import type { Head } from '../../contract/records';
import { countEntries } from '../catalogue_export';
import { visibleText } from '../free_text';
import { headName } from '../heads';
import { formatCount } from '../numbers';
import { PoliteRegion } from '../polite_region';
import { useElementId } from '../use_element_id';

/** From this many entries on a tag needs their number typed. */
const TO_CONFIRM = 100;

/** As many heads are named; of more only the number is told. */
const NAMED = 4;

export interface SelectionBarProps {
  count: number;
  /** The selected heads, as far as they are known: the list may not show them any more. */
  heads: readonly Head[];
  /** The selected entries are known to be of several models. */
  severalModels: boolean;
  /** Rows are on their way that will be selected. */
  busy: boolean;
  /** A run of tagging under way. */
  running: { done: number; total: number } | null;
  said: string;
  problem: string | null;
  /** Tags that entries have. */
  tags: readonly string[];
  onTag: (step: 'add' | 'remove', tag: string) => void;
  onTagFocus: () => void;
  onCancel: () => void;
  onDraft: () => void;
  onCompare: () => void;
  onClear: () => void;
}

/** What can be done with the selected entries. Nothing here decides about a description. */
export function SelectionBar(props: SelectionBarProps): React.JSX.Element {
  const { count, busy, running, said, problem, onClear } = props;
  return (
    <div className="hl-SelectionBar" role="toolbar" aria-label="Selected entries">
      <span className="hl-SelectionBar-count" role="status">
        {busy
          ? 'Selecting…'
          : count === 0
            ? 'Space, or a click on its box, selects a row.'
            : `${selectedWords(props)} selected`}
      </span>
      {count > 0 && (
        <>
          <button type="button" className="hl-Button" onClick={onClear} aria-keyshortcuts="Escape">
            Clear
          </button>
          <Act
            words="Draft these"
            shortcut="d"
            reason={props.severalModels ? 'a batch is of one model, and these are of several' : ''}
            onClick={props.onDraft}
          />
          <Act
            words="Compare"
            shortcut="c"
            reason={whyNotCompared(count)}
            onClick={props.onCompare}
          />
          {running ? <Running {...props} running={running} /> : <TagForm {...props} />}
        </>
      )}
      {problem !== null && (
        <span className="hl-SelectionBar-problem" role="alert">
          {visibleText(problem)}
        </span>
      )}
      {said && problem === null && <span>{said}</span>}
      <PoliteRegion text={said} />
    </div>
  );
}

function selectedWords({ count, heads }: SelectionBarProps): string {
  const all = count <= NAMED && heads.length === count;
  return all ? heads.map(headName).join(', ') : formatCount(count);
}

/** Why the selected heads cannot stand side by side; empty where they can. */
export function whyNotCompared(count: number): string {
  return count >= 2 && count <= 4 ? '' : 'select 2 to 4 heads';
}

function Act(props: {
  words: string;
  shortcut: string;
  reason: string;
  onClick: () => void;
}): React.JSX.Element {
  const { words, shortcut, reason, onClick } = props;
  return (
    <button
      type="button"
      className="hl-Button"
      aria-disabled={reason !== '' || undefined}
      aria-keyshortcuts={shortcut}
      title={reason ? `${words}: ${reason}` : `${words} (${shortcut})`}
      onClick={() => reason === '' && onClick()}
    >
      {words} <kbd>{shortcut}</kbd>
      {reason && <span className="hl-visually-hidden">: {reason}</span>}
    </button>
  );
}

function Running(
  props: SelectionBarProps & { running: { done: number; total: number } }
): React.JSX.Element {
  const { done, total } = props.running;
  return (
    <>
      <progress max={total} value={done} aria-label="Entries tagged" />
      <span className="hl-number">
        {formatCount(done)} of {formatCount(total)}
      </span>
      <button type="button" className="hl-Button" onClick={props.onCancel}>
        Cancel
      </button>
    </>
  );
}

function TagForm({ count, tags, onTag, onTagFocus }: SelectionBarProps): React.JSX.Element {
  const id = `hl-tags-${useElementId().replaceAll(':', '')}`;
  const [tag, setTag] = React.useState('');
  const [typed, setTyped] = React.useState('');
  const many = count > TO_CONFIRM;
  const confirmed = !many || typed.trim() === String(count);
  const ready = tag.trim() !== '' && confirmed;
  const run = (step: 'add' | 'remove') => {
    onTag(step, tag.trim());
    setTag('');
    setTyped('');
  };
  return (
    <form
      className="hl-SelectionBar-tag"
      onSubmit={event => {
        event.preventDefault();
        if (ready) {
          run('add');
        }
      }}
    >
      <input
        className="hl-Input"
        aria-label="Tag"
        aria-keyshortcuts="t"
        data-tag-field
        placeholder="Tag (press t)"
        list={id}
        maxLength={200}
        value={tag}
        onFocus={onTagFocus}
        onChange={event => setTag(event.target.value)}
      />
      <datalist id={id}>
        {tags.map(one => (
          <option key={one} value={one} />
        ))}
      </datalist>
      {many && tag.trim() !== '' && (
        <input
          className="hl-Input hl-SelectionBar-confirm"
          aria-label={`Type ${count} to confirm that ${countEntries(count)} are changed`}
          placeholder={`type ${count} to confirm`}
          inputMode="numeric"
          value={typed}
          onChange={event => setTyped(event.target.value)}
        />
      )}
      <button type="submit" className="hl-Button" disabled={!ready}>
        Add tag
      </button>
      <button type="button" className="hl-Button" disabled={!ready} onClick={() => run('remove')}>
        Remove tag
      </button>
    </form>
  );
}
