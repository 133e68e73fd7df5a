import * as React from 'react';
import { formatCount } from '../numbers';

/** What came elsewhere and is not shown yet, because rows do not move by themselves. */
export function News(props: { arrived: number; onShow: () => void }): React.JSX.Element {
  const { arrived, onShow } = props;
  const words = arrived > 0 ? `${formatCount(arrived)} new` : 'The list changed elsewhere';
  return (
    <div className="hl-News" role="status">
      <button type="button" className="hl-Button" data-main onClick={onShow}>
        {words}, show
      </button>
    </div>
  );
}
