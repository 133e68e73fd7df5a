import * as React from 'react';
import { CATEGORIES, STAGES } from '../contract/records';
import { FreeText } from './free_text';
import { LabelPicker } from './label_picker';
import type { ReviewLabels } from './use_review_labels';

const CATEGORY_CHOICES = CATEGORIES.map(value => ({ value }));
const STAGE_CHOICES = Object.entries(STAGES).map(([value, title]) => ({ value, title }));

/** Categories, stages and tags; part of the next decision, or saved by themselves. */
export function LabelsForm(props: {
  labels: ReviewLabels;
  disabled: boolean;
  onSave: () => void;
}): React.JSX.Element {
  const { labels, disabled, onSave } = props;
  const chosen = [...labels.categories, ...labels.stages, ...labels.tags.map(tag => `#${tag}`)];
  return (
    <details className="hl-LabelsForm">
      <summary>
        Labels: <FreeText text={chosen.join(', ') || 'none'} />
        {labels.suggested && <span className="hl-dim"> (suggested by the draft)</span>}
      </summary>
      <LabelPicker
        legend="Categories"
        offered={CATEGORY_CHOICES}
        chosen={labels.categories}
        onChange={labels.setCategories}
        adding="another category"
        disabled={disabled}
      />
      <LabelPicker
        legend="Stages"
        offered={STAGE_CHOICES}
        chosen={labels.stages}
        onChange={labels.setStages}
        disabled={disabled}
      />
      <LabelPicker
        legend="Tags"
        offered={[]}
        chosen={labels.tags}
        onChange={labels.setTags}
        adding="another tag"
        disabled={disabled}
      />
      <p className="hl-LabelsForm-save">
        <button
          type="button"
          className="hl-Button"
          disabled={disabled || !labels.changed}
          onClick={onSave}
        >
          Save labels
        </button>
        <span className="hl-dim">
          Categories and stages also go with the next decision; tags are saved here.
        </span>
      </p>
    </details>
  );
}
