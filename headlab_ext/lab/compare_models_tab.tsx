import { MainAreaWidget } from '@jupyterlab/apputils';
import * as React from 'react';
import { CompareModelsView } from '../views/compare/compare_models_view';
import type { Changes } from './changes';
import { CompareModelsModel, type ModelPair } from './compare_models_model';
import { headlabIcon } from './icon';
import type { RestApi } from './rest';
import { ShownWidget } from './shown_widget';

export interface CompareModelsOptions {
  rest: RestApi;
  changes: Changes;
  pair: ModelPair;
  onHeads: (entryIds: number[]) => void;
}

/** Two models of the catalogue in the main area. */
export class CompareModelsTab extends MainAreaWidget<ModelsPage> {
  constructor(options: CompareModelsOptions) {
    super({ content: new ModelsPage(options) });
    this.id = 'headlab-compare-models';
    this.title.icon = headlabIcon;
    this.title.label = 'Compare models';
    this.title.caption = 'Two models of the head catalogue side by side';
    this.title.closable = true;
  }

  get model(): CompareModelsModel {
    return this.content.model;
  }
}

class ModelsPage extends ShownWidget {
  readonly model: CompareModelsModel;

  constructor(private readonly options: CompareModelsOptions) {
    super();
    this.addClass('hl-Host');
    this.addClass('hl-ComparePage');
    this.node.tabIndex = -1;
    this.model = new CompareModelsModel(options.rest, options.pair);
    options.changes.catalogue.connect(this.onChange, this);
  }

  override dispose(): void {
    this.options.changes.catalogue.disconnect(this.onChange, this);
    super.dispose();
  }

  protected override onShown(shown: boolean): void {
    this.model.setVisible(shown);
  }

  protected override render(): React.JSX.Element {
    return <Page model={this.model} onHeads={this.options.onHeads} />;
  }

  private onChange(): void {
    this.model.changed();
  }
}

function Page(props: {
  model: CompareModelsModel;
  onHeads: CompareModelsOptions['onHeads'];
}): React.JSX.Element {
  const { model, onHeads } = props;
  const state = React.useSyncExternalStore(model.subscribe, model.get);
  return (
    <CompareModelsView
      {...state}
      onChoose={change => model.choose(change)}
      onCompare={() => void model.compare()}
      onRetry={() => model.retry()}
      onHeads={(first, second) =>
        void model
          .entries(first, second)
          .then(entries => entries && onHeads(entries.map(entry => entry.id)))
      }
    />
  );
}
