import * as React from 'react';

/** `12:31` today, `2026-11-21 12:31` on other days, in local time. */
export function formatTime(at: string, now: Date = new Date()): string {
  const when = new Date(at);
  if (Number.isNaN(when.getTime())) {
    return 'unknown time';
  }
  const clock = `${two(when.getHours())}:${two(when.getMinutes())}`;
  const day = dayOf(when);
  return day === dayOf(now) ? clock : `${day} ${clock}`;
}

export function Time({ at }: { at: string }): React.JSX.Element {
  return (
    <time dateTime={at} title={at}>
      {formatTime(at)}
    </time>
  );
}

function dayOf(when: Date): string {
  return `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
}

function two(part: number): string {
  return String(part).padStart(2, '0');
}
