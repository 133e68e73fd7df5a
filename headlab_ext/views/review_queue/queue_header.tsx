import * as React from 'react';
import { BLINDS, ORDERS, type ModelCount } from '../../contract/records';
import { visibleText } from '../free_text';
import { Key, ariaKeys, type KeyLabels, type QueueCommand } from './queue_keys';
import { BLIND_WORDS, ORDER_WORDS, type Blind, type Choice, type Order } from './queue_records';
import { useElementId } from '../use_element_id';

export type Side = 'done' | 'round' | 'keys';

/** Whose queue it is, in which order, and what is hidden. */
export function QueueHeader(props: {
  choice: Choice;
  reviewer: string | null;
  models: readonly ModelCount[];
  side: Side | null;
  keys: KeyLabels;
  blindRef: React.Ref<HTMLInputElement>;
  onChoose: (change: Partial<Choice>) => void;
  onSide: (side: Side) => void;
}): React.JSX.Element {
  const { choice, reviewer, models, side, keys, onChoose, onSide } = props;
  const voting = choice.mode === 'votes';
  return (
    <header className="hl-Queue-header">
      <div className="hl-Queue-line">
        <h1 className="hl-Queue-title">Review heads</h1>
        <div className="hl-Queue-modes" role="group" aria-label="What you do here">
          <ModeButton choice={choice} mode="votes" word="My votes" onChoose={onChoose} />
          <ModeButton choice={choice} mode="decide" word="Decide" onChoose={onChoose} />
        </div>
        <OrderPicker order={choice.order} onChoose={onChoose} />
        {!voting && models.length > 1 && (
          <ModelPicker model={choice.model} models={models} onChoose={onChoose} />
        )}
        {voting && (
          <BlindSwitches blind={choice.blind} firstRef={props.blindRef} onChoose={onChoose} />
        )}
        <div className="hl-Queue-sides">
          {!voting && (
            <SideButton side="round" word="Round" open={side} keys={keys} onSide={onSide} />
          )}
          <SideButton
            side="done"
            word="Last decisions"
            open={side}
            keys={keys}
            command="history"
            onSide={onSide}
          />
          <SideButton
            side="keys"
            word="Keys"
            open={side}
            keys={keys}
            command="keys"
            onSide={onSide}
          />
        </div>
      </div>
      <p className="hl-Queue-mode hl-dim">
        {voting
          ? `Your own judgement${reviewer ? `, as ${visibleText(reviewer)}` : ''}: others’ votes are not shown to you, and yours decides nothing until someone ends the round.`
          : 'You end the round: what you decide is in force at once, with the votes it rests on. Scores and tests change the order at most.'}
      </p>
    </header>
  );
}

function ModeButton(props: {
  choice: Choice;
  mode: Choice['mode'];
  word: string;
  onChoose: (change: Partial<Choice>) => void;
}): React.JSX.Element {
  const { choice, mode, word, onChoose } = props;
  return (
    <button
      type="button"
      className="hl-Queue-mode-button"
      aria-pressed={choice.mode === mode}
      onClick={() => choice.mode === mode || onChoose({ mode })}
    >
      {word}
    </button>
  );
}

function OrderPicker(props: {
  order: Order;
  onChoose: (change: Partial<Choice>) => void;
}): React.JSX.Element {
  const id = useElementId();
  return (
    <span className="hl-Queue-pick">
      <label htmlFor={id} className="hl-dim">
        Order
      </label>
      <select
        id={id}
        className="hl-Select"
        value={props.order}
        onChange={event => props.onChoose({ order: event.target.value as Order })}
      >
        {ORDERS.map(order => (
          <option key={order} value={order}>
            {ORDER_WORDS[order]}
          </option>
        ))}
      </select>
    </span>
  );
}

function ModelPicker(props: {
  model: string;
  models: readonly ModelCount[];
  onChoose: (change: Partial<Choice>) => void;
}): React.JSX.Element {
  const id = useElementId();
  return (
    <span className="hl-Queue-pick">
      <label htmlFor={id} className="hl-dim">
        Model
      </label>
      <select
        id={id}
        className="hl-Select"
        value={props.model}
        onChange={event => props.onChoose({ model: event.target.value })}
      >
        <option value="">All models</option>
        {props.models.map(model => (
          <option key={model.fingerprint} value={model.fingerprint}>
            {visibleText(`${model.name} (${model.fingerprint.slice(0, 6)})`)}
          </option>
        ))}
      </select>
    </span>
  );
}

function BlindSwitches(props: {
  blind: readonly Blind[];
  firstRef: React.Ref<HTMLInputElement>;
  onChoose: (change: Partial<Choice>) => void;
}): React.JSX.Element {
  const { blind, firstRef, onChoose } = props;
  const toggle = (one: Blind) =>
    onChoose({ blind: BLINDS.filter(other => (other === one) !== blind.includes(other)) });
  return (
    <fieldset className="hl-Queue-blind">
      <legend className="hl-dim" title="Stored with your vote">
        Hide
      </legend>
      {BLINDS.map((one, index) => (
        <label key={one} title={BLIND_WORDS[one].tip}>
          <input
            ref={index === 0 ? firstRef : undefined}
            type="checkbox"
            checked={blind.includes(one)}
            onChange={() => toggle(one)}
          />
          {BLIND_WORDS[one].label}
        </label>
      ))}
    </fieldset>
  );
}

function SideButton(props: {
  side: Side;
  word: string;
  open: Side | null;
  keys: KeyLabels;
  command?: QueueCommand;
  onSide: (side: Side) => void;
}): React.JSX.Element {
  const { side, word, open, keys, command, onSide } = props;
  return (
    <button
      type="button"
      className="hl-Button"
      aria-expanded={open === side}
      aria-keyshortcuts={command && ariaKeys(keys, command)}
      onClick={() => onSide(side)}
    >
      {word} {command && <Key keys={keys} command={command} />}
    </button>
  );
}
