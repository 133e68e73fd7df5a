import * as React from 'react';
import type { EntrySummary } from '../../contract/records';
import { visibleText } from '../free_text';
import { columnName, isRead, MOST_COLUMNS, type ReadColumn } from './columns';
import { AblationNumbers, SharedLabels, TestVerdicts } from './judgement_sections';
import { HeadChooser, type EntrySearch } from './head_chooser';
import { Headlines, type HeadlinesProps } from './headlines';
import { Likeness } from './likeness';
import { RelationProfiles } from './relation_profiles';
import { SharedAffected, SharedMappings } from './token_sections';
import { useElementId } from '../use_element_id';

export interface CompareViewProps extends HeadlinesProps {
  /** Whether anyone has seen the view yet; a search starts only then. */
  seen: boolean;
  search: EntrySearch;
  onAdd: (entry: EntrySummary) => void;
  onCompareModels: () => void;
}

/** Two to four heads in columns, row by row on the same scales; what they share stands first. */
export function CompareView(props: CompareViewProps): React.JSX.Element {
  const { columns, focused, seen, search, onAdd } = props;
  const few = columns.length < 2;
  const [choosing, setChoosing] = React.useState(false);
  const room = MOST_COLUMNS - columns.length;
  return (
    <article
      className="hl-Compare"
      aria-label="Comparison of heads"
      data-current={focused}
      style={{ '--hl-compare-heads': Math.max(1, columns.length) } as React.CSSProperties}
    >
      <header className="hl-Compare-bar">
        <h2 className="hl-Compare-title">Compare heads</h2>
        <button
          type="button"
          className="hl-Button"
          aria-expanded={few || choosing}
          disabled={few || room === 0}
          title={room === 0 ? 'Four heads are the most; drop one first' : undefined}
          onClick={() => setChoosing(!choosing)}
        >
          Add a head
        </button>
        <button type="button" className="hl-Button" onClick={props.onCompareModels}>
          Compare models
        </button>
      </header>
      {seen && (few || (choosing && room > 0)) && (
        <>
          {few && (
            <p className="hl-Compare-first">
              {columns.length === 0
                ? 'Choose two to four heads. Their relation profiles, mappings, affected tokens, tests and labels are then shown side by side.'
                : 'Choose one more head to compare it with.'}
            </p>
          )}
          <HeadChooser
            search={search}
            chosen={columns.flatMap(column => column.entry?.id ?? [])}
            room={room}
            onAdd={onAdd}
            onClose={few ? undefined : () => setChoosing(false)}
          />
        </>
      )}
      {columns.length > 0 && (
        <>
          {columns.length > 1 && <Switcher {...props} />}
          <Headlines {...props} />
        </>
      )}
      {columns.length > 1 && columns.every(isRead) && (
        <Sections columns={columns} baseline={props.baseline} />
      )}
    </article>
  );
}

/** Where there is no room for columns side by side, one is shown and this leads to the others. */
function Switcher(props: CompareViewProps): React.JSX.Element {
  const { columns, focused, onFocus } = props;
  const group = useElementId();
  return (
    <fieldset className="hl-Compare-switcher">
      <legend className="hl-visually-hidden">Head that is shown</legend>
      {columns.map((column, place) => (
        <label key={column.key}>
          <input
            type="radio"
            name={group}
            checked={place === focused}
            onChange={() => onFocus(place)}
          />
          {visibleText(columnName(column, columns))}
        </label>
      ))}
    </fieldset>
  );
}

function Sections(props: {
  columns: readonly ReadColumn[];
  baseline: number | null;
}): React.JSX.Element {
  const { columns, baseline } = props;
  const name = baseline === null ? null : visibleText(columnName(columns[baseline], columns));
  const against = name && `Differences to ${name}, the baseline.`;
  return (
    <>
      <Section title="How alike they are" note="Pearson correlation of relation profiles.">
        <Likeness columns={columns} />
      </Section>
      <Section
        title="Relation profiles"
        note={`${against ?? 'Relation scores of all heads on one scale.'} Hollow: not above the control, the highest score of any head with shuffled targets.`}
      >
        <RelationProfiles columns={columns} baseline={baseline} />
      </Section>
      <Section
        title="What they write"
        note="Salient source tokens, those of several heads first; shared targets are bold."
      >
        <SharedMappings columns={columns} />
      </Section>
      <Section title="Without the head" note={against ?? 'Each head ablated alone.'}>
        <AblationNumbers columns={columns} baseline={baseline} />
      </Section>
      <Section title="Hurt tokens" note="Less probable without the head; effect in nats.">
        <SharedAffected columns={columns} way="hurt" />
      </Section>
      <Section title="Helped tokens" note="More probable without the head; effect in nats.">
        <SharedAffected columns={columns} way="helped" />
      </Section>
      <Section title="Tests" note="Results for the descriptions in force.">
        <TestVerdicts columns={columns} />
      </Section>
      <Section title="Labels" note="Shared ones are bold.">
        <SharedLabels columns={columns} />
      </Section>
    </>
  );
}

function Section(props: {
  title: string;
  note: string;
  children: React.ReactNode;
}): React.JSX.Element {
  const id = useElementId();
  return (
    <section className="hl-Compare-section" aria-labelledby={id}>
      <h3 id={id}>{props.title}</h3>
      <p className="hl-Compare-note hl-dim">{props.note}</p>
      {props.children}
    </section>
  );
}
