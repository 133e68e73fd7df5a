import * as React from 'react';
import type { Annotation, Draft, Entry } from '../contract/records';

type Stages = Entry['stages'];

export interface ReviewLabels {
  categories: string[];
  stages: Stages;
  tags: string[];
  headNames: string[];
  /** Whether the categories and stages shown are the draft's, not yet the entry's. */
  suggested: boolean;
  changed: boolean;
  setCategories(categories: string[]): void;
  setStages(stages: string[]): void;
  setTags(tags: string[]): void;
  setHeadNames(names: string[]): void;
  /** What was changed by hand; null leaves a list as it is. */
  typed: {
    categories: string[] | null;
    stages: Stages | null;
    tags: string[] | null;
    head_names: string[] | null;
  };
  annotation(): Annotation;
  /** Forget what a decision has saved; tags and head names are not part of one. */
  decided(): void;
  saved(): void;
}

const NONE: ReviewLabels['typed'] = {
  categories: null,
  stages: null,
  tags: null,
  head_names: null
};

/** Categories, stages, tags and head names: the entry's, else the draft's suggestion, over both what was set. */
export function useReviewLabels(entry: Entry, draft: Draft | null): ReviewLabels {
  const [typed, setTyped] = React.useState(NONE);
  const offered = offeredLabels(entry, draft);
  return {
    categories: typed.categories ?? offered.categories,
    stages: typed.stages ?? offered.stages,
    tags: typed.tags ?? entry.tags,
    headNames: typed.head_names ?? entry.head_names ?? [],
    suggested: offered !== entry && (draft?.categories.length ?? 0) > 0,
    changed: Object.values(typed).some(list => list !== null),
    setCategories: categories => setTyped({ ...typed, categories }),
    setStages: stages => setTyped({ ...typed, stages: stages as Stages }),
    setTags: tags => setTyped({ ...typed, tags }),
    setHeadNames: head_names => setTyped({ ...typed, head_names }),
    typed,
    annotation: () => ({ note: null, ...typed }),
    decided: () => setTyped(now => ({ ...NONE, tags: now.tags, head_names: now.head_names })),
    saved: () => setTyped(NONE)
  };
}

/** Where categories and stages start from: the entry, else what the draft suggests. */
export function offeredLabels(entry: Entry, draft: Draft | null): Entry | Draft {
  const own = entry.categories.length > 0 || entry.stages.length > 0;
  const decided = entry.reviews.length > 0;
  return own || decided || !draft ? entry : draft;
}
