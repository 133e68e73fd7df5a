import * as React from 'react';
import { InReview } from '../catalogue_in_review';
import type { EntrySummary } from '../../contract/records';
import { FreeText, visibleText } from '../free_text';
import { headName } from '../heads';
import { formatCount } from '../numbers';
import { messageOf } from '../problems';
import { StateMark } from '../state_mark';
import { useDelayed } from '../use_delayed';

const TYPING_PAUSE = 120;

/** Finds entries by words, by a head such as L5H3, or by a model's name. */
export interface EntrySearch {
  (text: string): Promise<{ entries: readonly EntrySummary[]; total: number }>;
}

/** A search for the entries to compare; it asks once it is shown and after each pause in typing. */
export function HeadChooser(props: {
  search: EntrySearch;
  /** Entries that are there already. */
  chosen: readonly number[];
  /** How many more there is room for. */
  room: number;
  onAdd: (entry: EntrySummary) => void;
  /** Absent where there is nothing to go back to. */
  onClose?: () => void;
}): React.JSX.Element {
  const { search, chosen, room, onAdd, onClose } = props;
  const [text, setText] = React.useState('');
  const field = React.useRef<HTMLInputElement>(null);
  const { found, problem, asking, retry } = useFound(search, text);
  const waiting = useDelayed(asking && found === null);
  React.useEffect(() => field.current?.focus(), []);
  return (
    <section
      className="hl-HeadChooser"
      aria-label="Choose heads"
      onKeyDown={event => {
        if (event.key === 'Escape' && onClose) {
          event.stopPropagation();
          onClose();
        }
      }}
    >
      <div className="hl-HeadChooser-bar">
        <input
          ref={field}
          type="search"
          className="hl-Input"
          aria-label="Search entries"
          placeholder="Words of a description, a head such as L5H3, or a model"
          value={text}
          onChange={event => setText(event.target.value)}
        />
        {onClose && (
          <button type="button" className="hl-Button" onClick={onClose}>
            Close
          </button>
        )}
      </div>
      {problem && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={problem} />{' '}
          <button type="button" className="hl-Button" onClick={retry}>
            Retry
          </button>
        </p>
      )}
      {waiting && <p className="hl-dim">Searching…</p>}
      {found && found.entries.length === 0 && (
        <p className="hl-dim">
          {text.trim()
            ? 'No entry matches. Use fewer words.'
            : 'The catalogue has no entries yet. Draft a description in a workbench first.'}
        </p>
      )}
      {found && found.entries.length > 0 && (
        <>
          <ul className="hl-HeadChooser-list" aria-label="Entries found" aria-busy={asking}>
            {found.entries.map(entry => (
              <Choice
                key={entry.id}
                entry={entry}
                there={chosen.includes(entry.id)}
                full={room <= 0}
                onAdd={() => onAdd(entry)}
              />
            ))}
          </ul>
          <p className="hl-dim" role="status">
            {found.total > found.entries.length
              ? `The first ${found.entries.length} of ${formatCount(found.total)} entries`
              : `${formatCount(found.total)} ${found.total === 1 ? 'entry' : 'entries'}`}
          </p>
        </>
      )}
    </section>
  );
}

function Choice(props: {
  entry: EntrySummary;
  there: boolean;
  full: boolean;
  onAdd: () => void;
}): React.JSX.Element {
  const { entry, there, full, onAdd } = props;
  const name = `${headName(entry.head)} of ${visibleText(entry.model_name)}`;
  const why = there ? 'in the comparison' : full ? 'four heads are the most' : '';
  return (
    <li className="hl-HeadChooser-row">
      <span className="hl-HeadChooser-line">
        <b>{headName(entry.head)}</b>
        <span className="hl-dim">
          <FreeText text={entry.model_name} />
        </span>
        <StateMark state={entry.state} />
        <InReview of={entry} />
      </span>
      <span className="hl-HeadChooser-description">
        <FreeText text={entry.description} />
      </span>
      <button
        type="button"
        className="hl-Button"
        disabled={why !== ''}
        title={why || undefined}
        aria-label={`Add ${name}`}
        onClick={onAdd}
      >
        {there ? 'Added' : 'Add'}
      </button>
    </li>
  );
}

function useFound(search: EntrySearch, text: string) {
  const [found, setFound] = React.useState<Awaited<ReturnType<EntrySearch>> | null>(null);
  const [problem, setProblem] = React.useState<string | null>(null);
  const [asking, setAsking] = React.useState(true);
  const [times, setTimes] = React.useState(0);
  const asked = React.useRef(false);
  React.useEffect(() => {
    let current = true;
    const ask = () => {
      asked.current = true;
      setAsking(true);
      search(text.trim()).then(
        answer => {
          if (current) {
            setFound(answer);
            setProblem(null);
            setAsking(false);
          }
        },
        (error: unknown) => {
          if (current) {
            setProblem(messageOf(error));
            setAsking(false);
          }
        }
      );
    };
    const timer = window.setTimeout(ask, asked.current ? TYPING_PAUSE : 0);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [search, text, times]);
  return { found, problem, asking, retry: () => setTimes(times + 1) };
}
