// The measures in the order and the groups in which they are offered.
import type { Measure } from '../contract/records';
import { formatSeconds } from './numbers';

export interface MeasureGroup {
  title: string;
  measures: Measure[];
}

const GROUPS: readonly (readonly [Measure['group'], string])[] = [
  ['overview', 'Overview'],
  ['relation', 'Relation score'],
  ['suppression', 'Suppression score'],
  ['ablation', 'Ablation'],
  ['attention', 'Attention'],
  ['catalogue', 'Catalogue']
];

/** Groups in reading order, scores by category; `search` keeps those with all of its words. */
export function groupMeasures(measures: readonly Measure[], search = ''): MeasureGroup[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const groups: MeasureGroup[] = [];
  for (const [group, title] of GROUPS) {
    const inGroup = measures.filter(measure => measure.group === group);
    for (const category of new Set(inGroup.map(measure => measure.category))) {
      const heading = category ? `${title}: ${category}` : title;
      const found = inGroup.filter(
        measure =>
          measure.category === category &&
          words.every(word => `${heading} ${measure.title}`.toLowerCase().includes(word))
      );
      if (found.length > 0) {
        groups.push({ title: heading, measures: found });
      }
    }
  }
  return groups;
}

/** The measure to start with: the first overview that can be had, else the first of all. */
export function firstMeasure(measures: readonly Measure[]): Measure | null {
  const ready = measures.filter(measure => !measure.reason);
  return ready.find(measure => measure.group === 'overview') ?? ready[0] ?? null;
}

/** The title in full, for where the group is not shown beside it. */
export function fullTitle(measure: Measure): string {
  const group = GROUPS.find(([key]) => key === measure.group);
  return measure.group === 'relation' || measure.group === 'suppression'
    ? `${measure.title}, ${group![1].toLowerCase()}`
    : measure.title;
}

/** "computed", "about 4 s", or why it cannot be had. */
export function costText(measure: Measure): string {
  if (measure.reason) {
    return measure.reason;
  }
  if (measure.computed) {
    return 'computed';
  }
  return measure.estimate_seconds === null
    ? 'not computed'
    : `about ${formatSeconds(measure.estimate_seconds)}`;
}
