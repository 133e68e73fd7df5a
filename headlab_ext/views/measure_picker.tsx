import * as React from 'react';
import type { Measure } from '../contract/records';
import { costText, fullTitle, groupMeasures } from './measure_list';
import { useElementId } from './use_element_id';

export interface MeasurePickerProps {
  measures: readonly Measure[];
  /** Key of the measure shown. */
  measure: string;
  onMeasure: (key: string) => void;
}

/** A combobox with search over all measures (the pattern "editable combobox with list"). */
export const MeasurePicker = React.forwardRef<HTMLInputElement, MeasurePickerProps>(
  function MeasurePicker(props, ref) {
    const { measures, measure, onMeasure } = props;
    const id = useElementId();
    const list = React.useRef<HTMLDivElement>(null);
    const [open, setOpen] = React.useState(false);
    const [typed, setTyped] = React.useState<string | null>(null);
    const [active, setActive] = React.useState<string | null>(null);
    const groups = groupMeasures(measures, typed ?? '');
    const options = groups.flatMap(group => group.measures);
    const current = measures.find(one => one.key === measure) ?? null;
    const optionId = (key: string) => `${id}-${measures.findIndex(one => one.key === key)}`;
    const activeKey = open && options.some(one => one.key === active) ? active : null;

    React.useEffect(() => {
      if (activeKey !== null) {
        list.current?.querySelector('[data-active]')?.scrollIntoView?.({ block: 'nearest' });
      }
    }, [activeKey]);

    const show = () => {
      setOpen(true);
      setActive(measure);
    };
    const close = () => {
      setOpen(false);
      setTyped(null);
    };
    const choose = (chosen: Measure) => {
      if (!chosen.reason) {
        close();
        onMeasure(chosen.key);
      }
    };
    const step = (by: number) => {
      const at = options.findIndex(one => one.key === activeKey);
      const start = at < 0 && by < 0 ? options.length : at;
      setActive(options[(start + by + options.length) % options.length]?.key ?? null);
    };

    const onKeyDown = (event: React.KeyboardEvent) => {
      switch (event.key) {
        case 'ArrowDown':
        case 'ArrowUp':
          if (!open) {
            show();
          } else {
            step(event.key === 'ArrowDown' ? 1 : -1);
          }
          break;
        case 'Enter': {
          const chosen = options.find(one => one.key === activeKey);
          if (!open) {
            show();
          } else if (chosen) {
            choose(chosen);
          }
          break;
        }
        case 'Escape':
          if (!open) {
            return;
          }
          close();
          break;
        default:
          return;
      }
      event.preventDefault();
      event.stopPropagation();
    };

    return (
      <div className="hl-MeasurePicker">
        <label htmlFor={`${id}-input`}>Measure</label>
        <input
          id={`${id}-input`}
          ref={ref}
          className="hl-Input"
          role="combobox"
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={activeKey === null ? undefined : optionId(activeKey)}
          aria-keyshortcuts="m"
          autoComplete="off"
          spellCheck={false}
          value={typed ?? (current ? fullTitle(current) : '')}
          onFocus={event => event.currentTarget.select()}
          onClick={event => {
            if (!open) {
              event.currentTarget.select(); // what is typed next replaces the name shown
              show();
            }
          }}
          onBlur={close}
          onKeyDown={onKeyDown}
          onChange={event => {
            const text = event.target.value;
            setTyped(text);
            setOpen(true);
            setActive(
              groupMeasures(measures, text)
                .flatMap(group => group.measures)
                .find(one => !one.reason)?.key ?? null
            );
          }}
        />
        <div
          id={`${id}-list`}
          ref={list}
          className="hl-MeasurePicker-list"
          role="listbox"
          aria-label="Measures"
          hidden={!open}
          // The field keeps the focus while the pointer is in the list.
          onMouseDown={event => event.preventDefault()}
        >
          {open &&
            groups.map(group => (
              <div key={group.title} role="group" aria-label={group.title}>
                <div className="hl-MeasurePicker-group" aria-hidden="true">
                  {group.title}
                </div>
                {group.measures.map(one => (
                  <MeasureOption
                    key={one.key}
                    id={optionId(one.key)}
                    measure={one}
                    active={one.key === activeKey}
                    chosen={one.key === measure}
                    onChoose={choose}
                  />
                ))}
              </div>
            ))}
          {open && options.length === 0 && (
            <div
              className="hl-MeasurePicker-none hl-dim"
              role="option"
              aria-disabled="true"
              aria-selected="false"
            >
              {`No measure has “${typed}” in its name.`}
            </div>
          )}
        </div>
      </div>
    );
  }
);

interface MeasureOptionProps {
  id: string;
  measure: Measure;
  active: boolean;
  chosen: boolean;
  onChoose: (measure: Measure) => void;
}

function MeasureOption(props: MeasureOptionProps): React.JSX.Element {
  const { measure } = props;
  return (
    <div
      id={props.id}
      role="option"
      className="hl-MeasureOption"
      aria-selected={props.chosen}
      aria-disabled={measure.reason !== '' || undefined}
      data-active={props.active || undefined}
      title={measure.explanation}
      onClick={() => props.onChoose(measure)}
    >
      <span className="hl-MeasureOption-title">{measure.title}</span>
      <span className="hl-MeasureOption-cost hl-number">
        {measure.computed && !measure.reason && <span aria-hidden="true">✓ </span>}
        {costText(measure)}
      </span>
    </div>
  );
}
