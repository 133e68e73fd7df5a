import * as React from 'react';
import type { Entry } from '../../contract/records';
import type { EntryApi, TypingApi } from '../api';
import { EvidenceLinks } from '../evidence_links';
import { FreeText } from '../free_text';
import { StaleEdit } from '../stale_edit';
import { linkDraft } from './draft_links';
import { firstPlace } from './first_place';
import { JudgedHead } from './judged_head';
import { JudgementForm } from './judgement_form';
import { LinkedDraftView } from './linked_draft';
import { QueueBar } from './queue_bar';
import { QueueEvidence } from './queue_evidence';
import type { CommandLine, KeyLabels, QueueCommand } from './queue_keys';
import { DECISION_WORDS, type Blind, type Choice, type Current } from './queue_records';
import type { QueueActions } from './queue_view';
import { useJudgement } from './use_judgement';
import { useLinks } from './use_links';
import { VotesPart } from './votes_part';

const DECIDES = {
  accept: 'accepted',
  edit: 'edited',
  reject: 'rejected',
  unclear: 'unclear'
} as const;

/** One head to be judged: its draft and what one decides to the left, its evidence to the right. */
export function JudgeView(props: {
  current: Current;
  choice: Choice;
  /** Whether something that was taken back can be put back. */
  redoable: boolean;
  said: string;
  keys: KeyLabels;
  commands: CommandLine;
  actions: QueueActions;
  api: EntryApi;
  typing: TypingApi;
  onOther: (command: QueueCommand) => void;
}): React.JSX.Element {
  const { current, choice, keys, commands, actions, api, typing, onOther } = props;
  const { entry, trouble } = current;
  const voting = choice.mode === 'votes';
  const hidden = voting ? choice.blind : NOTHING;
  const work = useJudgement(current, choice.mode, typing);
  const { draft } = work;
  const linked = React.useMemo(
    () => linkDraft(draft?.draft ?? NO_DRAFT, entry.card, hidden.includes('scores')),
    [draft, entry.card, hidden]
  );
  const root = React.useRef<HTMLDivElement>(null);
  const area = React.useRef<HTMLTextAreaElement>(null);
  const reasons = React.useRef<HTMLDivElement>(null);
  const links = useLinks(linked, root);
  const [editing, setEditing] = React.useState(current.earlier?.decision === 'edited');
  const leave = () => firstPlace(root.current)?.focus({ preventScroll: true });

  const onCommand = (command: QueueCommand) => {
    const rating = /^rate-([1-5])$/.exec(command);
    if (rating) {
      work.rate(Number(rating[1]));
    } else if (command === 'edit') {
      setEditing(true);
      requestAnimationFrame(() => area.current?.focus());
    } else if (command === 'accept' || command === 'reject' || command === 'unclear') {
      actions.judge(work.judgement(DECIDES[command]));
    } else if (command === 'next-sentence' || command === 'previous-sentence') {
      links.move('sentence', command === 'next-sentence' ? 1 : -1);
    } else if (command === 'next-row' || command === 'previous-row') {
      links.move('row', command === 'next-row' ? 1 : -1);
    } else if (command === 'reason') {
      reasons.current?.focus();
    } else if (command === 'note') {
      root.current?.querySelector<HTMLElement>('.hl-NoteForm textarea')?.focus();
    } else if (command === 'next-draft') {
      work.nextDraft();
    } else {
      onOther(command);
    }
  };
  const newest = React.useRef(onCommand);
  React.useEffect(() => {
    newest.current = onCommand;
  });
  React.useEffect(() => commands.listen(command => newest.current(command)), [commands]);
  useFirstFocus(root);

  return (
    <div className="hl-Queue-case" ref={root}>
      <Linked entry={entry}>
        <div className="hl-Queue-columns">
          <div className="hl-Queue-left">
            <JudgedHead current={current} hidden={hidden} />
            {(trouble?.kind === 'failed' || trouble?.kind === 'early') && (
              <p className="hl-Note" data-kind="error" role="alert">
                {`Not stored as ${DECISION_WORDS[trouble.judgement.decision]}: `}
                <FreeText text={trouble.message} />{' '}
                <button type="button" className="hl-Button" onClick={actions.insist}>
                  {trouble.kind === 'early' ? 'Decide without them' : 'Try again'}
                </button>
              </p>
            )}
            {trouble?.kind === 'stale' && (
              <StaleEdit
                conflict={{
                  theirs: trouble.theirs,
                  edit: {
                    title: DECISION_WORDS[trouble.judgement.decision],
                    done: '',
                    text: trouble.judgement.text || undefined,
                    run: () => Promise.resolve(trouble.theirs)
                  }
                }}
                api={api}
                onLoad={() => {
                  actions.take(trouble.theirs);
                  leave();
                }}
                onApply={actions.insist}
              />
            )}
            {!voting && <VotesPart current={current} keys={keys} onShow={actions.showVotes} />}
            <LinkedDraftView
              work={work}
              linked={linked}
              links={links}
              hideSource={hidden.includes('source')}
            />
            <JudgementForm
              current={current}
              work={work}
              keys={keys}
              editing={editing || work.text.changed || draft === null}
              note={voting ? null : { api, typing, onEntry: actions.take }}
              areaRef={area}
              reasonsRef={reasons}
              onSave={() => actions.judge(work.judgement('edited'))}
              onLeave={leave}
            />
          </div>
          <QueueEvidence entry={entry} linked={linked} links={links} hidden={hidden} />
        </div>
      </Linked>
      <QueueBar
        keys={keys}
        voting={voting}
        redoable={props.redoable}
        said={props.said}
        onCommand={onCommand}
      />
    </div>
  );
}

const NOTHING: readonly Blind[] = [];
const NO_DRAFT = { description: '', evidence: [], unclear: true };

/** Citations lead to the card's rows, where there is a card. */
function Linked(props: { entry: Entry; children: React.ReactNode }): React.JSX.Element {
  const { card } = props.entry;
  return card ? <EvidenceLinks card={card}>{props.children}</EvidenceLinks> : <>{props.children}</>;
}

/** A new head takes the focus, unless a person is at work in another part of the page. */
function useFirstFocus(root: React.RefObject<HTMLDivElement | null>): void {
  React.useEffect(() => {
    const focused = document.activeElement;
    const queue = root.current?.closest('.hl-ReviewQueue');
    const elsewhere = focused !== document.body && !queue?.contains(focused);
    if (!elsewhere && !focused?.closest('.hl-Queue-header, .hl-Queue-side form')) {
      firstPlace(root.current)?.focus({ preventScroll: true });
    }
  }, [root]);
}
