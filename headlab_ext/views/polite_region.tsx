import * as React from 'react';

const PAUSE = 1000;

/** Speaks the newest text at most once a second; what is outdated by then is never spoken. */
export function PoliteRegion({ text }: { text: string }): React.JSX.Element {
  const [spoken, setSpoken] = React.useState('');
  const last = React.useRef(-Infinity);
  React.useEffect(() => {
    const wait = Math.max(0, last.current + PAUSE - performance.now());
    const timer = setTimeout(() => {
      last.current = performance.now();
      setSpoken(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="hl-visually-hidden" role="status" aria-live="polite">
      {spoken}
    </div>
  );
}
