import * as React from 'react';
import { CATEGORIES, STAGES } from '../contract/records';
import { FreeText } from './free_text';
import { HEAD_NAME_CHOICES, suggestedStages, type SuggestedStage } from './head_names';
import { LabelPicker } from './label_picker';
import type { ReviewLabels } from './use_review_labels';

const CATEGORY_CHOICES = CATEGORIES.map(value => ({ value }));
const STAGE_CHOICES = Object.entries(STAGES).map(([value, title]) => ({ value, title }));

/** Categories, stages, head names and tags; part of the next decision, or saved by themselves. */
export function LabelsForm(props: {
  labels: ReviewLabels;
  disabled: boolean;
  onSave: () => void;
}): React.JSX.Element {
  const { labels, disabled, onSave } = props;
  const chosen = [
    ...labels.categories,
    ...labels.stages,
    ...labels.headNames.map(name => `${name} head`),
    ...labels.tags.map(tag => `#${tag}`)
  ];
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
        legend="Head names"
        offered={[]}
        chosen={labels.headNames}
        onChange={labels.setHeadNames}
        adding="name of a head"
        proposed={HEAD_NAME_CHOICES}
        disabled={disabled}
      />
      {suggestedStages(labels.headNames, labels.stages).map(suggestion => (
        <StageSuggestion
          key={suggestion.stage}
          suggestion={suggestion}
          disabled={disabled}
          onAdd={() => labels.setStages([...labels.stages, suggestion.stage])}
        />
      ))}
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
          Categories and stages also go with the next decision; head names and tags are saved here.
        </span>
      </p>
    </details>
  );
}

/** The survey's stage of a name: a proposal, which a person takes or leaves. */
function StageSuggestion(props: {
  suggestion: SuggestedStage;
  disabled: boolean;
  onAdd: () => void;
}): React.JSX.Element {
  const { stage, names } = props.suggestion;
  return (
    <p className="hl-LabelsForm-suggestion">
      <span className="hl-dim">
        {`The survey places “${names.join('”, “')}” in ${stage}, ${STAGES[stage]}.`}
      </span>
      <button type="button" className="hl-Button" disabled={props.disabled} onClick={props.onAdd}>
        {`Add stage ${stage}`}
      </button>
    </p>
  );
}
