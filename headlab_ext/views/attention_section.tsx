import * as React from 'react';
import type { AttentionEvidence } from '../contract/records';
import { AttendedPairs } from './attended_pairs';
import { AttentionMeasures } from './attention_measures';
import { FreeText } from './free_text';
import { messageOf } from './problems';
import { StripLegend } from './relation_plot';

/** Where the head looks: measures beside their controls, then the pairs of tokens that show it. */
export function AttentionSection(props: {
  attention: AttentionEvidence | null | undefined;
  onMeasure?: () => Promise<void>;
}): React.JSX.Element {
  const { attention, onMeasure } = props;
  if (!attention) {
    return <NotMeasured onMeasure={onMeasure} />;
  }
  const { measures, pairs, skipped } = attention;
  if (measures.length === 0) {
    return (
      <>
        <p className="hl-dim">Attention could not be measured on this model.</p>
        <Skipped reasons={skipped} />
      </>
    );
  }
  return (
    <>
      <AttentionMeasures measures={measures} />
      <Skipped reasons={skipped} />
      <h4 className="hl-Looks-title">Strongest pairs in the bundled prompts</h4>
      <p className="hl-dim hl-Looks-note">
        The boxed token looks at the underlined one; furthest above equal attention first, at most
        one pair a prompt. Looks at position 0 and at the token itself have measures of their own.
      </p>
      <AttendedPairs pairs={pairs} from={measures.length} />
    </>
  );
}

/** What the marks of the measures mean. */
export function AttentionLegend(): React.JSX.Element {
  return <StripLegend control="what equal attention to all tokens gives, or chance" />;
}

function NotMeasured({ onMeasure }: { onMeasure?: () => Promise<void> }): React.JSX.Element {
  const [busy, setBusy] = React.useState(false);
  const [problem, setProblem] = React.useState<string | null>(null);
  const measure = async (run: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await run();
    } catch (error) {
      setProblem(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="hl-Looks-none">
      <p>
        This card was made without attention: how much the head looks at the token before, at
        earlier occurrences of a token, at a fixed offset and at the first position, each beside its
        control and rank, and the pairs of tokens where it looks most.
      </p>
      {onMeasure ? (
        <>
          <button className="hl-Button" disabled={busy} onClick={() => void measure(onMeasure)}>
            {busy ? 'Measuring all heads' : 'Measure all heads'}
          </button>{' '}
          <span className="hl-dim">One pass serves every head of the model, and is kept.</span>
        </>
      ) : (
        <p className="hl-dim">
          To measure it, open the model in a workbench and choose this head there.
        </p>
      )}
      {problem && (
        <p role="alert">
          Attention could not be measured: <FreeText text={problem} />
        </p>
      )}
    </div>
  );
}

function Skipped({ reasons }: { reasons: readonly string[] }): React.JSX.Element | null {
  if (reasons.length === 0) {
    return null;
  }
  return (
    <details className="hl-Relations-skipped">
      <summary>{`${reasons.length} not measured on this model`}</summary>
      <ul>
        {reasons.map((reason, index) => (
          <li key={index}>
            <FreeText text={reason} />
          </li>
        ))}
      </ul>
    </details>
  );
}
