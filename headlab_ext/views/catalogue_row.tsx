import * as React from 'react';
import type { EntrySummary } from '../contract/records';
import { InReview } from './catalogue_in_review';
import { DamagedMark } from './damaged_mark';
import { FreeText } from './free_text';
import { STATE_LOOKS, stateWord } from './head_states';
import { headName, headWords } from './heads';
import { REVIEW_KEYS } from './review_keys';
import { StateMark } from './state_mark';

export type RowDecision = 'accepted' | 'rejected' | 'unclear';
export type RowAction = RowDecision | 'open' | 'undo';

const LONGEST = 200;

interface RowProps {
  row: EntrySummary | null;
  index: number;
  active: boolean;
  /** It is being saved; no other decision can be made meanwhile. */
  busy: boolean;
  style: React.CSSProperties;
  onActive: (index: number, chosen?: boolean) => void;
  onAction: (row: EntrySummary, action: RowAction) => void;
}

/** An entry in a list: head, state, first words, model; the active one has its actions. */
export const CatalogueRow = React.memo(function CatalogueRow(props: RowProps) {
  const { row, index, active, style } = props;
  if (!row) {
    return (
      <div
        role="row"
        aria-rowindex={index + 1}
        aria-busy="true"
        className="hl-CatalogueRow"
        tabIndex={active ? 0 : -1}
        style={style}
      >
        <div role="gridcell" className="hl-dim">
          Loading
        </div>
      </div>
    );
  }
  return (
    <div
      role="row"
      aria-rowindex={index + 1}
      aria-selected={active}
      aria-label={rowName(row)}
      className="hl-CatalogueRow"
      data-active={active || undefined}
      tabIndex={active ? 0 : -1}
      style={style}
      onFocus={event => event.target === event.currentTarget && props.onActive(index)}
      onClick={() => props.onActive(index, true)}
      onDoubleClick={() => props.onAction(row, 'open')}
    >
      <div role="gridcell" className="hl-CatalogueRow-entry">
        <div className="hl-CatalogueRow-head">
          <strong>{headName(row.head)}</strong>
          {row.damaged ? <DamagedMark /> : <StateMark state={row.state} />}
          <InReview of={row} />
          <span className="hl-CatalogueRow-model hl-dim">
            <FreeText text={shortModel(row.model_name)} />
          </span>
        </div>
        <div className="hl-CatalogueRow-description">
          {(row.head_names ?? []).map(name => (
            <span className="hl-NameMark" key={name}>
              <FreeText text={name.slice(0, LONGEST)} />
            </span>
          ))}
          {row.damaged || row.description ? (
            <FreeText text={(row.damaged || row.description).slice(0, LONGEST)} />
          ) : (
            <span className="hl-dim">no description in force</span>
          )}
        </div>
      </div>
      {active && (
        <div role="gridcell" className="hl-CatalogueRow-actions">
          {ACTIONS.map(action => (
            <ActionButton key={action.name} {...action} {...props} row={row} />
          ))}
        </div>
      )}
    </div>
  );
});

interface Action {
  name: RowAction;
  words: string;
  shortcut: string;
}

const ACTIONS: readonly Action[] = [
  { name: 'open', words: 'Open', shortcut: 'Enter' },
  { name: 'accepted', words: 'Accept', shortcut: REVIEW_KEYS.accept },
  { name: 'rejected', words: 'Reject', shortcut: REVIEW_KEYS.reject },
  { name: 'unclear', words: 'Mark as unclear', shortcut: REVIEW_KEYS.unclear },
  { name: 'undo', words: 'Undo the last decision', shortcut: REVIEW_KEYS.undo }
];

function ActionButton(props: Action & RowProps & { row: EntrySummary }): React.JSX.Element {
  const { name, words, shortcut, row } = props;
  const reason = props.busy ? 'is being saved' : whyNot(row, name);
  return (
    <button
      type="button"
      className="hl-CatalogueRow-action"
      tabIndex={-1}
      data-action={name}
      aria-label={`${words} ${headName(row.head)}`}
      aria-keyshortcuts={shortcut}
      aria-disabled={reason !== null || undefined}
      title={reason === null ? `${words} (${shortcut})` : `${words}: ${reason}`}
      onClick={() => reason === null && props.onAction(row, name)}
      onDoubleClick={event => event.stopPropagation()}
    >
      {name === 'open' ? 'Open' : <ActionMark name={name} />}
    </button>
  );
}

function ActionMark({ name }: { name: Exclude<RowAction, 'open'> }): React.JSX.Element {
  const look = name === 'undo' ? UNDO_LOOK : STATE_LOOKS[name];
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
      <path className="hl-StateMark-line" d={look.stroke} />
      {look.fill && <path className="hl-StateMark-fill" d={look.fill} />}
    </svg>
  );
}

const UNDO_LOOK = { stroke: 'M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M6 3.2 2.7 6.5 6 9.8', fill: '' };

/** Why an action cannot be taken on a row; null where it can. */
export function whyNot(row: EntrySummary, action: RowAction): string | null {
  if (row.damaged && action !== 'open') {
    return 'its stored row cannot be read';
  }
  const undecided = row.state === 'drafted' || row.state === 'undescribed';
  return action === 'undo' && undecided ? 'no decision has been made about it' : null;
}

/** The last part of a hub id or a folder, which tells models apart where there is little room. */
export function shortModel(name: string): string {
  return (/[^\\/]+(?=[\\/]*$)/.exec(name)?.[0] ?? name).slice(0, LONGEST);
}

export function rowName(row: EntrySummary): string {
  if (row.damaged) {
    return `${headWords(row.head)}, damaged, ${row.model_name}: ${row.damaged}`;
  }
  const parts = [
    headWords(row.head),
    stateWord(row.state),
    ...(row.in_review ? ['in review'] : []),
    ...(row.head_names ?? []),
    row.model_name
  ];
  return `${parts.join(', ')}: ${row.description.slice(0, LONGEST) || 'no description in force'}`;
}
