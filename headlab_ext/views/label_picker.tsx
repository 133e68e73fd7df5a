import * as React from 'react';
import { FreeText } from './free_text';
import { useElementId } from './use_element_id';

/** Labels as check boxes: those offered, and any further ones that were added. */
export function LabelPicker(props: {
  legend: string;
  offered: readonly { value: string; title?: string }[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  /** The name of the field for further labels; without it none can be added. */
  adding?: string;
  /** What that field proposes while something is typed. */
  proposed?: readonly { value: string; title?: string }[];
  disabled?: boolean;
}): React.JSX.Element {
  const { legend, offered, chosen, onChange, adding, disabled } = props;
  const known = new Set(offered.map(label => label.value));
  const added = chosen.filter(label => !known.has(label)).map(value => ({ value, title: '' }));
  const toggle = (value: string) =>
    onChange(chosen.includes(value) ? chosen.filter(label => label !== value) : [...chosen, value]);
  return (
    <fieldset className="hl-Labels" disabled={disabled}>
      <legend>{legend}</legend>
      {[...offered, ...added].map(({ value, title }) => (
        <label key={value} className="hl-Labels-label" title={title || undefined}>
          <input type="checkbox" checked={chosen.includes(value)} onChange={() => toggle(value)} />
          <FreeText text={value} />
        </label>
      ))}
      {adding && (
        <LabelField
          name={adding}
          proposed={props.proposed?.filter(label => !chosen.includes(label.value))}
          onAdd={value => chosen.includes(value) || onChange([...chosen, value])}
        />
      )}
    </fieldset>
  );
}

function LabelField(props: {
  name: string;
  proposed?: readonly { value: string; title?: string }[];
  onAdd: (value: string) => void;
}): React.JSX.Element {
  const { proposed = [] } = props;
  const list = useElementId().replaceAll(':', '-'); // some readers of the page take it for a selector
  const [text, setText] = React.useState('');
  const add = () => {
    const value = text.trim();
    if (value) {
      props.onAdd(value);
      setText('');
    }
  };
  return (
    <span className="hl-Labels-adding">
      <input
        className="hl-Input"
        aria-label={props.name}
        placeholder={props.name}
        maxLength={200}
        list={proposed.length > 0 ? list : undefined}
        autoComplete="off"
        value={text}
        onChange={event => setText(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
            event.preventDefault();
            event.stopPropagation();
            add();
          }
        }}
      />
      {proposed.length > 0 && (
        <datalist id={list}>
          {proposed.map(({ value, title }) => (
            <option key={value} value={value} label={title} />
          ))}
        </datalist>
      )}
      <button type="button" className="hl-Button" disabled={!text.trim()} onClick={add}>
        Add
      </button>
    </span>
  );
}
