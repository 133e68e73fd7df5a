import * as React from 'react';
import type { Annotation, Draft, Entry } from '../contract/records';

type Stages = Entry['stages'];

export interface ReviewLabels {
  categories: string[];
  stages: Stages;
  tags: string[];
  /** Whether the categories and stages shown are the draft's, not yet the entry's. */
  suggested: boolean;
  changed: boolean;
  setCategories(categories: string[]): void;
  setStages(stages: string[]): void;
  setTags(tags: string[]): void;
  /** What was changed by hand; null leaves a list as it is. */
  typed: { categories: string[] | null; stages: Stages | null; tags: string[] | null };
  annotation(): Annotation;
  /** Forget what a decision has saved; tags are not part of one. */
  decided(): void;
  saved(): void;
}

const NONE: ReviewLabels['typed'] = { categories: null, stages: null, tags: null };

/** Categories, stages and tags: the entry's, else the draft's suggestion, over both what was set. */
export function useReviewLabels(entry: Entry, draft: Draft | null): ReviewLabels {
  const [typed, setTyped] = React.useState(NONE);
  const own = entry.categories.length > 0 || entry.stages.length > 0;
  const decided = entry.reviews.length > 0;
  const offered = own || decided || !draft ? entry : draft;
  return {
    categories: typed.categories ?? offered.categories,
    stages: typed.stages ?? offered.stages,
    tags: typed.tags ?? entry.tags,
    suggested: offered !== entry && (draft?.categories.length ?? 0) > 0,
    changed: Object.values(typed).some(list => list !== null),
    setCategories: categories => setTyped({ ...typed, categories }),
    setStages: stages => setTyped({ ...typed, stages: stages as Stages }),
    setTags: tags => setTyped({ ...typed, tags }),
    typed,
    annotation: () => ({ note: null, ...typed }),
    decided: () => setTyped(now => ({ ...NONE, tags: now.tags })),
    saved: () => setTyped(NONE)
  };
}
