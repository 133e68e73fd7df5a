import * as React from 'react';
import { InReview } from '../catalogue_in_review';
import { FreeText, visibleText } from '../free_text';
import { headName, headWords } from '../heads';
import { StateMark } from '../state_mark';
import { useDelayed } from '../use_delayed';
import { columnName, type CompareColumn } from './columns';
import { ShapeSign, shapeWord } from './head_shape';

/** What a person can do with a column; the keys that do it are for its buttons. */
export interface ColumnActions {
  onFocus: (place: number) => void;
  onMove: (place: number, by: -1 | 1) => void;
  onDrop: (place: number) => void;
  /** Measure the others against this column, or against none if it is the baseline already. */
  onBaseline: (place: number) => void;
  onOpen: (place: number) => void;
  onRetry: (place: number) => void;
}

/** Keys as they are set now, "" for none. */
export interface ColumnKeys {
  focus: readonly string[];
  left: string;
  right: string;
  drop: string;
  baseline: string;
}

export interface HeadlinesProps extends ColumnActions {
  columns: readonly CompareColumn[];
  focused: number;
  /** Grows with every wish to have the focused headline under the keyboard. */
  times: number;
  baseline: number | null;
  keys: ColumnKeys;
}

/** Which head is where: it stays in view while the page is scrolled. */
export function Headlines(props: HeadlinesProps): React.JSX.Element {
  const { columns, focused, times } = props;
  const root = React.useRef<HTMLDivElement>(null);
  const served = React.useRef(times);
  React.useEffect(() => {
    if (served.current !== times) {
      served.current = times;
      root.current?.querySelector<HTMLElement>(`[data-column="${focused}"]`)?.focus();
    }
  }, [times, focused]);
  return (
    <div className="hl-CompareHeads" role="list" aria-label="Heads that are compared" ref={root}>
      {columns.map((column, place) => (
        <Headline key={column.key} {...props} column={column} place={place} />
      ))}
    </div>
  );
}

function Headline(
  props: HeadlinesProps & { column: CompareColumn; place: number }
): React.JSX.Element {
  const { column, columns, place, focused, baseline, keys } = props;
  const { entry, loading, problem } = column;
  const waiting = useDelayed(entry === null && loading);
  const number = `Head ${place + 1} of ${columns.length}`;
  const isBaseline = baseline === place;
  return (
    <div
      className="hl-CompareHead"
      role="listitem"
      tabIndex={-1}
      data-column={place}
      data-focused={place === focused || undefined}
      aria-label={`${number}: ${visibleText(columnName(column, columns))}`}
      aria-current={place === focused || undefined}
      aria-keyshortcuts={spokenKey(keys.focus[place])}
      onFocus={() => place !== focused && props.onFocus(place)}
    >
      <div className="hl-CompareHead-line">
        <span className="hl-CompareHead-sign" title={`drawn as a ${shapeWord(place)}`}>
          <ShapeSign place={place} />
        </span>
        {entry ? (
          <>
            <button
              type="button"
              className="hl-TextButton hl-CompareHead-name"
              title={`${headWords(entry.head)}; open its entry`}
              onClick={() => props.onOpen(place)}
            >
              {headName(entry.head)}
            </button>
            <StateMark state={entry.state} />
            <InReview of={entry} />
          </>
        ) : (
          <b>
            <FreeText text={column.name} />
          </b>
        )}
      </div>
      {entry && (
        <>
          <p className="hl-CompareHead-model hl-dim">
            <FreeText text={entry.model_name} />
          </p>
          <p className="hl-CompareHead-description" title={visibleText(entry.description)}>
            {entry.description ? (
              <FreeText text={entry.description} />
            ) : (
              <span className="hl-dim">No description in force.</span>
            )}
          </p>
        </>
      )}
      {waiting && <p className="hl-dim">Reading the entry…</p>}
      {problem && (
        <div className="hl-Note" data-kind="error" role="alert">
          <p>
            <FreeText text={problem} />
          </p>
          <button type="button" className="hl-Button" onClick={() => props.onRetry(place)}>
            Retry
          </button>
        </div>
      )}
      <div className="hl-CompareHead-bar">
        <button
          type="button"
          className="hl-Button hl-CompareHead-baseline"
          aria-pressed={isBaseline}
          aria-keyshortcuts={spokenKey(keys.baseline)}
          title={
            isBaseline
              ? 'Show the values themselves again'
              : 'Show the other heads as differences to this one'
          }
          onClick={() => props.onBaseline(place)}
        >
          Baseline <Key name={keys.baseline} />
        </button>
        <span className="hl-CompareHead-moves">
          <IconButton
            sign="←"
            words={`Move ${column.name} left`}
            keyName={keys.left}
            disabled={place === 0}
            onClick={() => props.onMove(place, -1)}
          />
          <IconButton
            sign="→"
            words={`Move ${column.name} right`}
            keyName={keys.right}
            disabled={place === columns.length - 1}
            onClick={() => props.onMove(place, 1)}
          />
          <IconButton
            sign="✕"
            words={`Drop ${column.name} from the comparison`}
            keyName={keys.drop}
            onClick={() => props.onDrop(place)}
          />
        </span>
      </div>
    </div>
  );
}

function IconButton(props: {
  sign: string;
  words: string;
  keyName: string;
  disabled?: boolean;
  onClick: () => void;
}): React.JSX.Element {
  const words = visibleText(props.words);
  return (
    <button
      type="button"
      className="hl-Button hl-CompareHead-icon"
      aria-label={words}
      aria-keyshortcuts={spokenKey(props.keyName)}
      title={props.keyName ? `${words} (${props.keyName})` : words}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <span aria-hidden="true">{props.sign}</span>
    </button>
  );
}

function Key({ name }: { name: string }): React.JSX.Element | null {
  return name ? <kbd aria-hidden="true">{name}</kbd> : null;
}

/** The name of a key as readers of the page expect it; none for a command without one. */
function spokenKey(name: string): string | undefined {
  return name.replace('←', 'ArrowLeft').replace('→', 'ArrowRight') || undefined;
}
