import * as React from 'react';
import type { CatalogueCheck, CatalogueCopy } from '../contract/records';
import { FreeText } from './free_text';
import { formatCount } from './numbers';

/** What a check of the catalogue found, in a sentence. */
export function checkWords({ entries, n_problems }: CatalogueCheck): string {
  if (n_problems === 0) {
    return `The catalogue is whole: ${countOf(entries, 'entry', 'entries')}, each as its history says.`;
  }
  return `The catalogue has ${countOf(n_problems, 'problem', 'problems')}. Nothing was changed.`;
}

export function copyWords({ file, size, n_problems = 0 }: CatalogueCopy): string {
  const kept = `Backed up as ${file} (${sizeWords(size)}), beside the catalogue.`;
  return n_problems === 0
    ? kept
    : `${kept} It has ${countOf(n_problems, 'problem', 'problems')}, as the catalogue has. ` +
        'Keep older backups too.';
}

/** The problems that a check found, and what can be done about them. */
export function CatalogueProblems({ check }: { check: CatalogueCheck }): React.JSX.Element {
  const more = check.n_problems - check.problems.length;
  return (
    <div className="hl-Host hl-CatalogueProblems">
      <p>
        {`${countOf(check.entries, 'entry was', 'entries were')} checked. Keep a copy of the ` +
          'catalogue before anything else. What is damaged can be restored from an older backup, ' +
          'or by '}
        <code>headlab catalogue recover</code>, which works on a copy.
      </p>
      <ul aria-label="Problems">
        {check.problems.map((problem, place) => (
          <li key={place}>
            <FreeText text={problem} />
          </li>
        ))}
      </ul>
      {more > 0 && (
        <p>
          {`${formatCount(more)} more are not shown. `}
          <code>headlab catalogue verify</code> lists all of them.
        </p>
      )}
    </div>
  );
}

function countOf(count: number, one: string, several: string): string {
  return `${formatCount(count)} ${count === 1 ? one : several}`;
}

function sizeWords(bytes: number): string {
  return bytes < 2 ** 20
    ? `${formatCount(Math.ceil(bytes / 2 ** 10))} KiB`
    : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
