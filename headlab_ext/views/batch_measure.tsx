import * as React from 'react';
import type { Measure } from '../contract/records';
import { FreeText, visibleText } from './free_text';
import { fullTitle, groupMeasures } from './measure_list';
import { useDelayed } from './use_delayed';

/** What the evidence in the catalogue can rank heads by. */
export interface RankingMeasures {
  /** null while that is not known. */
  measures: readonly Measure[] | null;
  /** Why it cannot be read. */
  problem: string | null;
}

/** The choice of a measure inside a sentence; what it means stands below. */
export function BatchMeasure(
  props: RankingMeasures & {
    chosen: Measure | null;
    /** Whether a measure is asked for: else the choice is only named. */
    wanted: boolean;
    onChoose: (key: string) => void;
    onRetry: () => void;
  }
): React.JSX.Element {
  const { measures, problem, chosen, wanted } = props;
  const waiting = useDelayed(wanted && measures === null && problem === null);
  if (!wanted || measures === null || measures.length === 0) {
    return (
      <>
        a measure
        {wanted && measures === null && problem !== null && (
          <span className="hl-BatchForm-why" role="alert">
            <FreeText text={problem} />{' '}
            <button type="button" className="hl-Button" onClick={props.onRetry}>
              Retry
            </button>
          </span>
        )}
        {waiting && (
          <span className="hl-BatchForm-why hl-dim" role="status">
            Reading what the evidence holds…
          </span>
        )}
        {wanted && measures?.length === 0 && (
          <span className="hl-BatchForm-why hl-dim" role="status">
            The catalogue holds no evidence to rank by. Add heads with their evidence from a
            workbench.
          </span>
        )}
      </>
    );
  }
  return (
    <>
      <select
        className="hl-Select hl-BatchForm-measure"
        aria-label="Measure"
        value={chosen?.key ?? ''}
        onChange={event => props.onChoose(event.target.value)}
      >
        {groupMeasures(measures).map(group => (
          <optgroup key={group.title} label={visibleText(group.title)}>
            {group.measures.map(one => (
              <option key={one.key} value={one.key}>
                {visibleText(fullTitle(one))}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      {chosen && (
        <span className="hl-BatchForm-why hl-dim">
          <FreeText text={chosen.explanation} /> The values (<FreeText text={chosen.unit} />) are
          those of the evidence in the catalogue.
        </span>
      )}
    </>
  );
}
