import * as React from 'react';
import type { Entry } from '../../contract/records';
import type { TestApi } from '../api';
import { FreeText } from '../free_text';
import { TestsList } from '../tests_list';
import { TestForm } from './test_form';
import { TestProgress } from './test_progress';
import { useTesting } from './use_testing';
import type { TestKind } from './test_words';

/** Results of tests of the description in force, and where further ones are chosen and made. */
export function TestPanel(props: {
  entry: Entry;
  api: TestApi;
  onEntry: (entry: Entry) => void;
}): React.JSX.Element {
  const { entry, api, onEntry } = props;
  const [open, setOpen] = React.useState(false);
  const [chosen, setChosen] = React.useState<ReadonlySet<TestKind> | null>(null);
  const testing = useTesting(api, entry, onEntry);
  const tests = entry.tests ?? [];
  const form = React.useRef<HTMLDivElement>(null);
  const again = (kind: TestKind) => {
    setChosen(new Set([kind]));
    setOpen(true);
    requestAnimationFrame(() => form.current?.focus());
  };
  return (
    <div className="hl-TestPanel">
      {tests.length > 0 ? (
        <TestsList
          tests={tests}
          description={entry.description}
          onAgain={testing.running ? undefined : again}
        />
      ) : (
        <p className="hl-dim">
          Not tested yet. A test holds the text against the head itself, beside controls: whether
          the text tells this head’s rows, inputs and outputs from others. It decides nothing.
        </p>
      )}
      <div className="hl-TestPanel-bar">
        <button
          className="hl-Button"
          aria-expanded={open}
          disabled={!entry.description}
          onClick={() => setOpen(!open)}
        >
          Test this description
        </button>
      </div>
      {open && entry.description && (
        <TestForm
          box={form}
          entry={entry}
          api={api}
          testing={testing}
          chosen={chosen}
          onChoose={setChosen}
        />
      )}
      {testing.running && <TestProgress job={testing.job} onCancel={testing.cancel} />}
      <p role="status" className="hl-dim hl-TestPanel-said">
        <FreeText text={testing.said} />
      </p>
      {testing.problem && (
        <p className="hl-Note" data-kind="error" role="alert">
          <FreeText text={testing.problem} />
        </p>
      )}
      {testing.warnings.map(warning => (
        <p key={warning} className="hl-Note" data-kind="warning">
          <FreeText text={warning} />
        </p>
      ))}
    </div>
  );
}
