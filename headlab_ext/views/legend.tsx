import * as React from 'react';
import { gradient, tableFor } from './colour';
import { histogram, quantile, ticks, type ColourRange } from './colour_range';
import { STATE_LOOKS, isState } from './head_states';
import { aboveControl, valueTitle, type HeadTable } from './head_table';
import { formatCount, formatNumber } from './numbers';
import { MapMark } from './map_mark';
import type { Theme } from './theme';

interface LegendProps {
  table: HeadTable;
  range: ColourRange;
  theme: Theme;
}

/** What the colours mean, and how the values of all heads are spread over them. */
export const Legend = React.memo(function Legend(props: LegendProps): React.JSX.Element {
  return props.table.measure.scale === 'state' ? (
    <StateLegend table={props.table} />
  ) : (
    <ScaleLegend {...props} />
  );
});

const BINS = 40;
const PLOT = { width: 200, height: 28 };

function ScaleLegend({ table, range, theme }: LegendProps): React.JSX.Element {
  const { measure, sorted, control } = table;
  const bins = React.useMemo(() => histogram(sorted, range, BINS), [sorted, range]);
  const most = Math.max(1, ...bins);
  const share = (value: number) =>
    Math.min(1, Math.max(0, (value - range.low) / (range.high - range.low)));
  const missing = table.values.length - sorted.length;
  return (
    <figure className="hl-Legend">
      <figcaption className="hl-Legend-title">
        {valueTitle(measure)}
        {measure.unit && <span className="hl-dim">{`, ${measure.unit}`}</span>}
      </figcaption>
      <div className="hl-Legend-plot" role="img" aria-label={spoken(table, range)}>
        <div className="hl-Legend-above">
          {control !== null && (
            <span
              className="hl-Legend-control"
              data-end={share(control) > 0.5 || undefined}
              style={
                share(control) > 0.5
                  ? { right: percent(1 - share(control)) }
                  : { left: percent(share(control)) }
              }
            >
              {`${table.controlIs} ${formatNumber(control)}`}
            </span>
          )}
        </div>
        <svg
          className="hl-Legend-histogram"
          viewBox={`0 0 ${PLOT.width} ${PLOT.height}`}
          preserveAspectRatio="none"
        >
          {bins.map((count, bin) => {
            // Roots: one head must show beside a thousand.
            const height = count && Math.max(1.5, PLOT.height * Math.sqrt(count / most));
            const width = PLOT.width / BINS;
            return (
              <rect
                key={bin}
                x={bin * width + 0.4}
                y={PLOT.height - height}
                width={width - 0.8}
                height={height}
              />
            );
          })}
        </svg>
        <div
          className="hl-Legend-bar"
          style={{ backgroundImage: gradient(tableFor(measure.scale, theme)) }}
        />
        {control !== null && (
          <span className="hl-Legend-line" style={{ left: percent(share(control)) }} />
        )}
        <div className="hl-Legend-ticks">
          {ticks(range.low, range.high, 4).map(tick => (
            <span key={tick} style={{ left: percent(share(tick)) }} data-edge={edgeOf(share(tick))}>
              {tickText(tick)}
            </span>
          ))}
        </div>
      </div>
      <div className="hl-Legend-notes hl-dim">
        {range.clippedLow && (
          <span>{`◂ values below ${formatNumber(range.low)} in the first colour`}</span>
        )}
        {range.clippedHigh && (
          <span>{`values above ${formatNumber(range.high)} in the last colour ▸`}</span>
        )}
        {missing > 0 && (
          <span>
            <span className="hl-Legend-hatch" /> {`${formatCount(missing)} without a value`}
          </span>
        )}
      </div>
    </figure>
  );
}

function StateLegend({ table }: { table: HeadTable }): React.JSX.Element {
  const counts = new Map<string, number>();
  for (const value of table.values) {
    const label = table.labels[value] ?? 'undescribed';
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return (
    <figure className="hl-Legend">
      <figcaption className="hl-Legend-title">{valueTitle(table.measure)}</figcaption>
      <ul className="hl-Legend-states">
        {table.labels.map(label => (
          <li key={label}>
            {isState(label) && <MapMark state={label} />}
            <span>{isState(label) ? STATE_LOOKS[label].word : label}</span>
            <span className="hl-dim hl-number">{formatCount(counts.get(label) ?? 0)}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

function spoken(table: HeadTable, range: ColourRange): string {
  const parts = [
    `Colours from ${formatNumber(range.low)} to ${formatNumber(range.high)} ${table.measure.unit}`
  ];
  if (table.sorted.length > 0) {
    parts.push(`half of the heads lie at or below ${formatNumber(quantile(table.sorted, 0.5))}`);
  }
  if (table.control !== null) {
    const above = table.sorted.filter(value => aboveControl(table, value)).length;
    parts.push(
      `${table.controlIs} ${formatNumber(table.control)}, ${formatCount(above)} heads above it`
    );
  }
  return parts.join('; ');
}

/** Ticks are round: no padding zeros. */
function tickText(tick: number): string {
  return tick === 0
    ? '0'
    : formatNumber(tick)
        .replace(/(\.\d*?)0+(?=e|$)/, '$1')
        .replace(/\.(?=e|$)/, '');
}

function edgeOf(share: number): 'start' | 'end' | undefined {
  return share < 0.03 ? 'start' : share > 0.97 ? 'end' : undefined;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)}%`;
}
