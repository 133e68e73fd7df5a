import * as React from 'react';
import type { Entry, ModelCount, QueueItem } from '../../contract/records';
import type { EntryApi, TypingApi } from '../api';
import { PoliteRegion } from '../polite_region';
import { useDelayed } from '../use_delayed';
import { DoneList } from './done_list';
import { JudgeView } from './judge_view';
import { QueueHeader, type Side } from './queue_header';
import { QueueBar } from './queue_bar';
import {
  QueueKeyTable,
  WITHOUT_HEAD,
  type CommandLine,
  type KeyLabels,
  type QueueCommand
} from './queue_keys';
import { QueueProgress } from './queue_progress';
import { canRedo, type Choice, type Done, type Judgement, type QueueState } from './queue_records';
import { QueueSummary } from './queue_summary';
import { RoundPanel, type RoundApi } from './round_panel';

export interface QueueActions {
  choose(change: Partial<Choice>): void;
  judge(judgement: Judgement): string | null;
  skip(): void;
  takeSkipped(): void;
  undo(made?: Done): void;
  redo(): void;
  showVotes(): void;
  take(entry: Entry): void;
  insist(): void;
  open(item: QueueItem): void;
  retry(): void;
  /** Read the queue anew; what is on the screen stays. */
  refresh(): void;
}

export interface QueueWorld {
  actions: QueueActions;
  commands: CommandLine;
  api: EntryApi;
  round: RoundApi;
  typing: TypingApi;
  onEntry: (item: QueueItem) => void;
  onCatalogue: () => void;
}

/** Heads to be judged one after another, by keys or mouse. */
export function QueueView(
  props: QueueWorld & { state: QueueState; keys: KeyLabels; models: readonly ModelCount[] }
): React.JSX.Element {
  const { state, keys, models, actions, commands, api, typing } = props;
  const { choice, current } = state;
  const blind = React.useRef<HTMLInputElement>(null);
  const [side, setSide] = React.useState<Side | null>(null);
  const [notice, setNotice] = React.useState('');
  const main = React.useRef<HTMLDivElement>(null);
  const storing = state.saving > (current ? 1 : 0) ? ` Storing ${state.saving}…` : '';
  const said = (notice || state.said) + storing;
  const show = (wanted: Side) => setSide(side === wanted ? null : wanted);

  const onCommand = (command: QueueCommand) => {
    setNotice('');
    const passed = command === 'skip' && state.problem !== null;
    if (!current && !passed && !WITHOUT_HEAD.includes(command)) {
      setNotice(state.loading ? TOO_EARLY : NO_HEAD);
    } else if (command === 'skip' || command === 'undo' || command === 'redo') {
      actions[command]();
    } else if (command === 'votes') {
      actions.showVotes();
    } else if (command === 'blind') {
      blind.current?.focus();
    } else if (command === 'history' || command === 'keys') {
      show(command === 'history' ? 'done' : 'keys');
    } else if (command === 'open' && current) {
      if (choice.mode === 'votes') {
        setNotice('The card shows what others decided: it opens in Decide, not while you vote.');
      } else {
        props.onEntry(current.item);
      }
    }
  };
  const newest = React.useRef(onCommand);
  React.useEffect(() => {
    newest.current = onCommand;
  });
  // A head on the screen listens itself, and passes on what is not its own.
  React.useEffect(
    () => (current ? undefined : commands.listen(command => newest.current(command))),
    [commands, current]
  );

  useFocusWithoutHead(main, current === null);

  return (
    <div className="hl-Queue" data-mode={choice.mode}>
      <QueueHeader
        choice={choice}
        reviewer={state.page?.reviewer ?? null}
        models={models}
        side={side}
        keys={keys}
        blindRef={blind}
        onChoose={change => {
          setNotice('');
          setSide(change.mode === 'votes' && side === 'round' ? null : side);
          actions.choose(change);
        }}
        onSide={show}
      />
      <QueueProgress state={state} />
      <div className="hl-Queue-body" data-side={side ?? undefined}>
        <div className="hl-Queue-main" ref={main} tabIndex={-1}>
          {current ? (
            <JudgeView
              key={current.showing}
              current={current}
              choice={choice}
              redoable={canRedo(state)}
              said={said}
              keys={keys}
              commands={commands}
              actions={actions}
              api={api}
              typing={typing}
              onOther={onCommand}
            />
          ) : (
            <NoHead {...props} said={said} onCommand={onCommand} />
          )}
        </div>
        {side && (
          <aside className="hl-Queue-side" aria-label={SIDES[side]} tabIndex={0}>
            {side === 'done' && <DoneList done={state.done} onUndo={actions.undo} />}
            {side === 'keys' && <QueueKeyTable keys={keys} />}
            {side === 'round' && (
              <RoundPanel
                round={props.round}
                page={state.page}
                model={choice.model}
                onOpen={actions.open}
                onAssigned={actions.refresh}
              />
            )}
          </aside>
        )}
      </div>
      <PoliteRegion text={notice || state.said} />
    </div>
  );
}

const TOO_EARLY = 'Nothing was done: the next head was not on the screen yet.';
const NO_HEAD = 'Nothing was done: there is no head on the screen.';

const SIDES: Record<Side, string> = {
  done: 'Last decisions',
  round: 'Round of review',
  keys: 'Keys'
};

/** Waiting, an error, the summary, or nothing to do. */
function NoHead(
  props: Parameters<typeof QueueView>[0] & {
    said: string;
    onCommand: (command: QueueCommand) => void;
  }
): React.JSX.Element {
  const { state, actions } = props;
  const waiting = useDelayed(state.loading);
  if (state.problem !== null) {
    return (
      <div className="hl-Note hl-Queue-problem" data-kind="error" role="alert">
        <p>{state.problem}</p>
        <button type="button" className="hl-Button" onClick={actions.retry}>
          Retry
        </button>{' '}
        {state.waiting.length > 0 && (
          <button type="button" className="hl-Button" onClick={actions.skip}>
            Skip this head
          </button>
        )}
      </div>
    );
  }
  if (state.loading || state.page === null) {
    return (
      <div className="hl-Queue-case">
        <div>{waiting && <Skeleton />}</div>
        <QueueBar
          keys={props.keys}
          voting={state.choice.mode === 'votes'}
          redoable={canRedo(state)}
          waiting
          said={props.said}
          onCommand={props.onCommand}
        />
      </div>
    );
  }
  return (
    <QueueSummary
      state={state}
      keys={props.keys}
      round={props.round}
      onCommand={props.onCommand}
      onTakeSkipped={actions.takeSkipped}
      onDecide={() => actions.choose({ mode: 'decide' })}
      onCatalogue={props.onCatalogue}
    />
  );
}

/** Where a head went away the focus goes to the queue, so that keys which come then are heard. */
function useFocusWithoutHead(main: React.RefObject<HTMLElement | null>, without: boolean): void {
  React.useLayoutEffect(() => {
    if (without && document.activeElement === document.body) {
      main.current?.focus({ preventScroll: true });
    }
  }, [main, without]);
}

/** As large as what comes, so that nothing moves then. */
function Skeleton(): React.JSX.Element {
  return (
    <div className="hl-Queue-skeleton" role="status" aria-label="Reading the next head">
      <div className="hl-Queue-columns" aria-hidden="true">
        <div className="hl-Queue-left">
          <span style={{ width: '30%' }} />
          <span />
          <span />
          <span style={{ width: '70%' }} />
        </div>
        <div className="hl-Queue-right">
          <span style={{ width: '40%' }} />
          <span />
          <span />
          <span />
        </div>
      </div>
    </div>
  );
}
