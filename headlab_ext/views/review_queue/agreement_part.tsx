import * as React from 'react';
import type { Agreement, Coefficient, Interval, ShareCorrect } from '../../contract/records';
import { FreeText } from '../free_text';
import { MISSING, formatCount, isNumber } from '../numbers';
import type { RoundApi } from './round_panel';
import { useAsked } from './use_asked';

/** Agreement of reviewers and the share judged correct, computed when one asks for them. */
export function AgreementPart(props: {
  round: RoundApi;
  model: string;
  /** Whether votes that nobody has decided on yet are counted: not for who still votes. */
  withOpen: boolean;
}): React.JSX.Element {
  const { round, model, withOpen } = props;
  const { value, asking, problem, ask } = useAsked<Agreement>();
  return (
    <section className="hl-Agreement" aria-label="Agreement">
      <h3 className="hl-CardSection-title">Agreement</h3>
      <p className="hl-dim">
        {`How far reviewers agree and how often drafts were judged correct, ${withOpen ? 'with' : 'without'} votes that nobody has decided on yet.`}
      </p>
      <button
        type="button"
        className="hl-Button"
        disabled={asking}
        onClick={() => ask(() => round.agreement(model, withOpen))}
      >
        {asking ? 'Computing…' : value ? 'Compute again' : 'Compute agreement'}
      </button>
      {problem && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={problem} />
        </p>
      )}
      {value && <AgreementTables found={value} />}
    </section>
  );
}

export function AgreementTables({ found }: { found: Agreement }): React.JSX.Element {
  return (
    <>
      <p className="hl-dim">
        {`${formatCount(found.n_votes)} votes on ${formatCount(found.n_entries)} heads; intervals of level .95, bootstrap over heads with seed ${found.seed}.`}
      </p>
      {found.coefficients.length === 0 ? (
        <p>No two reviewers have voted on the same draft yet.</p>
      ) : (
        <table className="hl-Agreement-table">
          <caption>Coefficients: 1 is full agreement, 0 what chance gives</caption>
          <thead>
            <tr>
              <th scope="col">Coefficient</th>
              <th scope="col">Reviewers</th>
              <th scope="col">Drafts</th>
              <th scope="col">Equal</th>
              <th scope="col">Value</th>
            </tr>
          </thead>
          <tbody>
            {found.coefficients.map((one, index) => (
              <CoefficientRow key={index} one={one} />
            ))}
          </tbody>
        </table>
      )}
      <table className="hl-Agreement-table">
        <caption>Drafts judged correct: accepted, of those accepted, edited or rejected</caption>
        <thead>
          <tr>
            <th scope="col">Of</th>
            <th scope="col">Judged</th>
            <th scope="col">Correct</th>
            <th scope="col">Unclear</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          {found.shares.map((one, index) => (
            <ShareRow key={index} one={one} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function CoefficientRow({ one }: { one: Coefficient }): React.JSX.Element {
  return (
    <tr>
      <th scope="row">{`${one.name} (${one.scale}), ${one.about}`}</th>
      <td>
        <FreeText text={one.reviewers.join(', ')} />
      </td>
      <td className="hl-number">{formatCount(one.n_units)}</td>
      <td className="hl-number">{share(one.observed)}</td>
      <td className="hl-number">{within(one.value, one.interval)}</td>
    </tr>
  );
}

function ShareRow({ one }: { one: ShareCorrect }): React.JSX.Element {
  return (
    <tr>
      <th scope="row">
        <FreeText text={groupOf(one)} />
      </th>
      <td className="hl-number">{formatCount(one.n_judged)}</td>
      <td className="hl-number">{formatCount(one.n_correct)}</td>
      <td className="hl-number">{formatCount(one.n_unclear)}</td>
      <td className="hl-number">{within(one.share, one.interval)}</td>
    </tr>
  );
}

function groupOf(one: ShareCorrect): string {
  const parts = [
    one.model ?? '',
    one.layer === null ? '' : `layer ${one.layer}`,
    one.drafter ?? ''
  ].filter(Boolean);
  return parts.length === 0 ? 'all drafts' : `${one.by}: ${parts.join(', ')}`;
}

/** Agreement is compared at two decimals; its sign counts. */
function share(value: number | null): string {
  return isNumber(value) ? value.toFixed(2).replace('-', '\u2212') : MISSING;
}

function within(value: number | null, interval: Interval | null): string {
  return interval
    ? `${share(value)} [${share(interval.low)}, ${share(interval.high)}]`
    : share(value);
}
