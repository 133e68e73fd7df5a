import * as React from 'react';
import { formatNumber } from './numbers';

/** A number with a tip that says what it is and in which unit. */
export function Value(props: {
  value: number | null | undefined;
  tip: string;
  format?: (value: number | null | undefined) => string;
}): React.JSX.Element {
  const { value, tip, format = formatNumber } = props;
  return (
    <span className="hl-number" title={tip}>
      {format(value)}
    </span>
  );
}
