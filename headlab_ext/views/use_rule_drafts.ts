import * as React from 'react';
import type { HeadsWish, RuleDrafts } from '../contract/records';
import type { HeadsApi } from './batch_api';
import { countHeads } from './batch_words';
import { formatCount } from './numbers';
import { isCancelled, messageOf } from './problems';

export interface RuleDrafting {
  running: boolean;
  said: string;
  problem: string | null;
  start(wish: HeadsWish): void;
  cancel(): void;
}

/** Several heads drafted by rules, one wish at a time. */
export function useRuleDrafts(api: HeadsApi): RuleDrafting {
  const [running, setRunning] = React.useState(false);
  const [said, setSaid] = React.useState('');
  const [problem, setProblem] = React.useState<string | null>(null);
  const control = React.useRef<AbortController | null>(null);

  const start = async (wish: HeadsWish) => {
    if (control.current) {
      return;
    }
    const own = new AbortController();
    control.current = own;
    setRunning(true);
    setSaid('Drafting by rules.');
    setProblem(null);
    try {
      setSaid(ruleWords(await api.draftByRules(wish, { signal: own.signal })));
    } catch (error) {
      const cancelled = own.signal.aborted || isCancelled(error);
      setSaid(cancelled ? 'Cancelled; the drafts made before are kept.' : '');
      setProblem(cancelled ? null : messageOf(error));
    } finally {
      control.current = null;
      setRunning(false);
    }
  };

  return {
    running,
    said,
    problem,
    start: wish => void start(wish),
    cancel: () => control.current?.abort()
  };
}

/** "12 heads drafted: 9 described, 3 unclear" */
function ruleWords(found: RuleDrafts): string {
  const { heads, described, unclear, unchanged } = found;
  const same = unchanged ? `; ${formatCount(unchanged)} had the same draft already` : '';
  return (
    `${countHeads(heads)} drafted: ${formatCount(described)} described, ` +
    `${formatCount(unclear)} unclear${same}.`
  );
}
