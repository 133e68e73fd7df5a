import * as React from 'react';
import type { Entry } from '../contract/records';
import type { EntryApi, TypingApi } from './api';
import { DecisionBar } from './decision_bar';
import { EditOutcome } from './edit_outcome';
import { EntryHistory } from './entry_history';
import { FreeText } from './free_text';
import { headName } from './heads';
import { LabelsForm } from './labels_form';
import { NoteForm } from './note_form';
import { Rating } from './rating';
import { ReasonForm } from './reason_form';
import { reviewCommand, type ReviewCommand } from './review_keys';
import { ReviewState } from './review_state';
import { TypedField } from './typed_field';
import { useReview, type ReviewWork } from './use_review';
import { useElementId } from './use_element_id';

const MAX_DESCRIPTION = 4000;

/** A person's decision about an entry's description, by mouse or single keys. */
export function ReviewForm(props: {
  entry: Entry;
  api: EntryApi;
  typing: TypingApi;
  onEntry: (entry: Entry) => void;
}): React.JSX.Element {
  const { entry, api, typing } = props;
  const heading = React.useRef<HTMLHeadingElement>(null);
  const area = React.useRef<HTMLTextAreaElement>(null);
  const [asking, setAsking] = React.useState(false);
  const leave = () => heading.current?.focus();
  const work = useReview({
    ...props,
    onDecided(decision) {
      setAsking(decision === 'rejected' || decision === 'unclear');
      leave();
    }
  });
  const { edits, source, typed } = work;

  const onCommand = (command: ReviewCommand) => {
    if (typeof command === 'object') {
      if (edits.saving) {
        edits.miss(`rate ${command.rate}`);
      } else {
        work.rate(command.rate);
      }
    } else if (command === 'edit') {
      area.current?.focus();
    } else if (command === 'undo' || command === 'redo') {
      work[command]();
    } else {
      work.decide(DECIDES[command]);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const command = reviewCommand(event.nativeEvent);
    if (command) {
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat) {
        onCommand(command);
      }
    }
  };
  const saveEdit = () => work.decide('edited');

  return (
    <div className="hl-Review" onKeyDown={onKeyDown}>
      <h4 className="hl-Review-heading" ref={heading} tabIndex={-1}>
        {`Decision on ${headName(entry.head)}`}
      </h4>
      <ReviewState entry={entry} />
      {asking && (
        <ReasonForm
          saving={edits.saving}
          onSave={reason =>
            work.saveReason(reason, () => {
              setAsking(false);
              leave();
            })
          }
          onLeave={() => {
            setAsking(false);
            leave();
          }}
        />
      )}
      <SourcePicker work={work} />
      <TypedField
        ref={area}
        label={source.draft ? 'Description, as drafted' : 'Description'}
        typed={{ ...typed, set: work.type }}
        saving={edits.saving}
        rows={5}
        maxLength={MAX_DESCRIPTION}
        placeholder="What the head does, in your own words"
        onSave={saveEdit}
        onLeave={leave}
      />
      {typed.changed && (
        <div className="hl-Review-edit">
          <button
            type="button"
            className="hl-Button"
            data-main
            disabled={edits.saving}
            aria-keyshortcuts="Control+Enter"
            onClick={saveEdit}
          >
            Save edit <kbd aria-hidden="true">Ctrl+Enter</kbd>
          </button>
          <button
            type="button"
            className="hl-Button"
            disabled={edits.saving}
            onClick={typed.forget}
          >
            Discard change
          </button>
        </div>
      )}
      <DecisionBar
        disabled={edits.saving}
        redoable={Boolean(entry.redoable)}
        onCommand={onCommand}
      />
      <EditOutcome edits={edits} api={api} onLeave={leave} />
      <Rating value={work.rating} onChange={work.rate} disabled={edits.saving} />
      <LabelsForm labels={work.labels} disabled={edits.saving} onSave={work.saveLabels} />
      <NoteForm entry={entry} api={api} typing={typing} edits={edits} onLeave={leave} />
      <EntryHistory entry={entry} api={api} />
    </div>
  );
}

const DECIDES = { accept: 'accepted', reject: 'rejected', unclear: 'unclear' } as const;

function SourcePicker({ work }: { work: ReviewWork }): React.JSX.Element | null {
  const id = useElementId();
  if (work.sources.length < 2) {
    return (
      <p className="hl-Review-source hl-dim">
        <FreeText text={work.source.label} />
      </p>
    );
  }
  return (
    <p className="hl-Review-source">
      <label htmlFor={id}>Start from</label>
      <select
        id={id}
        className="hl-Select"
        value={work.source.key}
        disabled={work.edits.saving}
        onChange={event => work.choose(event.target.value)}
      >
        {work.sources.map(source => (
          <option key={source.key} value={source.key}>
            {source.label}
          </option>
        ))}
      </select>
    </p>
  );
}
