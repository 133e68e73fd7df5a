import * as React from 'react';
import type { QueuePage, Releasing } from '../../contract/records';
import { FreeText, visibleText } from '../free_text';
import { formatCount, formatSeconds } from '../numbers';
import { ReleaseForm } from './release_form';

type Progress = QueuePage['progress']['reviewers'][number];

/** Who is how far; who leads the round can ask a reviewer for nothing more. */
export function ReviewersTable(props: {
  reviewers: readonly Progress[];
  /** What the numbers and a release are about: a model's name, or none for all models. */
  model: string;
  /** Null where this person may not release anybody. */
  release: ((wanted: Omit<Releasing, 'model'>) => Promise<QueuePage>) | null;
  onReleased: (page: QueuePage) => void;
}): React.JSX.Element {
  const { reviewers, release, onReleased } = props;
  const [leaving, setLeaving] = React.useState<string | null>(null);
  const [said, setSaid] = React.useState('');
  const table = React.useRef<HTMLTableElement>(null);
  const of = release && reviewers.find(one => one.reviewer === leaving && one.n_assigned > 0);
  const close = (name: string) => {
    setLeaving(null);
    requestAnimationFrame(() => {
      const buttons = [...(table.current?.querySelectorAll('button') ?? [])];
      (buttons.find(one => one.dataset.reviewer === name) ?? table.current)?.focus();
    });
  };
  return (
    <section aria-label="Reviewers">
      <table className="hl-Agreement-table" ref={table} tabIndex={-1}>
        <caption>Reviewers</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Asked</th>
            <th scope="col">Votes</th>
            <th scope="col">Waiting</th>
            <th scope="col">A vote</th>
            {release && (
              <th scope="col">
                <span className="hl-visually-hidden">Release</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {reviewers.map(one => (
            <tr key={one.reviewer}>
              <th scope="row">
                <FreeText text={one.reviewer} />
              </th>
              <td className="hl-number">{formatCount(one.n_assigned)}</td>
              <td className="hl-number">{formatCount(one.n_votes)}</td>
              <td className="hl-number">{formatCount(one.n_waiting)}</td>
              <td className="hl-number">{formatSeconds(one.median_seconds)}</td>
              {release && (
                <td>
                  {one.n_assigned > 0 && (
                    <button
                      type="button"
                      className="hl-Button"
                      data-reviewer={one.reviewer}
                      aria-label={`Release ${visibleText(one.reviewer)}`}
                      aria-expanded={one === of}
                      onClick={() => {
                        setSaid('');
                        setLeaving(one === of ? null : one.reviewer);
                      }}
                    >
                      Release
                    </button>
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {release && of && (
        <ReleaseForm
          key={of.reviewer}
          reviewer={of.reviewer}
          nAsked={of.n_assigned}
          model={props.model}
          release={reason => release({ reviewer: of.reviewer, reason })}
          onReleased={page => {
            setSaid(`${visibleText(of.reviewer)} is asked for nothing more.`);
            close(of.reviewer);
            onReleased(page);
          }}
          onLeave={() => close(of.reviewer)}
        />
      )}
      <p role="status" className="hl-dim">
        {said}
      </p>
    </section>
  );
}
