// The survey's names of heads (arXiv 2409.03752), and the stage that it places each in.
import { NAMED_HEAD_STAGES, NAMED_HEADS, STAGES, type Entry } from '../contract/records';

type Stage = Entry['stages'][number];

export interface SuggestedStage {
  stage: Stage;
  /** The names that speak for it. */
  names: string[];
}

export const HEAD_NAME_CHOICES = NAMED_HEADS.map(value => ({
  value,
  title: `${NAMED_HEAD_STAGES[value]}, ${STAGES[NAMED_HEAD_STAGES[value]]}`
}));

/** The stages that names speak for and that are not chosen yet, in the order of the stages. */
export function suggestedStages(
  names: readonly string[],
  chosen: readonly Stage[]
): SuggestedStage[] {
  return (Object.keys(STAGES) as Stage[])
    .filter(stage => !chosen.includes(stage))
    .map(stage => ({ stage, names: names.filter(name => stageOf(name) === stage) }))
    .filter(({ names: speaking }) => speaking.length > 0);
}

/** Read as the catalogue reads it: "Induction head" is "induction"; null for a free name. */
function stageOf(name: string): Stage | null {
  const known = name
    .trim()
    .toLowerCase()
    .replace(/\s*heads?$/, '');
  return isNamed(known) ? NAMED_HEAD_STAGES[known] : null;
}

function isNamed(name: string): name is keyof typeof NAMED_HEAD_STAGES {
  return Object.hasOwn(NAMED_HEAD_STAGES, name);
}
