import { MainAreaWidget } from '@jupyterlab/apputils';
import { UUID } from '@lumino/coreutils';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import type { Entry } from '../contract/records';
import { visibleText } from '../views/free_text';
import { headName } from '../views/heads';
import { CompareView } from '../views/compare/compare_view';
import type { ColumnKeys } from '../views/compare/headlines';
import type { EntrySearch } from '../views/compare/head_chooser';
import type { Changes } from './changes';
import { CompareModel, type CompareKeys } from './compare_model';
import { keyOf } from './entry_model';
import { headlabIcon } from './icon';
import type { RestApi } from './rest';
import { ShownWidget } from './shown_widget';

const FOUND = 20;

export interface CompareTabOptions {
  rest: RestApi;
  changes: Changes;
  kept: CompareKeys;
  /** The tab's own name, where it is opened again. */
  name?: string;
  keys: () => ColumnKeys;
  onOpen: (entry: Entry) => void;
  onCompareModels: () => void;
}

/** Heads side by side in the main area. */
export class CompareTab extends MainAreaWidget<ComparePage> {
  readonly name: string;

  constructor(options: CompareTabOptions) {
    super({ content: new ComparePage(options) });
    this.name = options.name ?? UUID.uuid4();
    this.id = `headlab-compare-${this.name}`;
    this.title.icon = headlabIcon;
    this.title.closable = true;
    this.label();
    this.model.subscribe(() => this.label());
  }

  get model(): CompareModel {
    return this.content.model;
  }

  private label(): void {
    const { columns } = this.model.get();
    const heads = columns.map(column =>
      column.entry ? headName(column.entry.head) : column.name.split(' of ')[0]
    );
    this.title.label = heads.length > 0 ? visibleText(heads.join(', ')) : 'Compare heads';
    this.title.caption = visibleText(
      ['Comparison', ...columns.map(column => column.name)].join('\n')
    );
  }
}

class ComparePage extends ShownWidget {
  readonly model: CompareModel;
  private readonly search: EntrySearch;

  constructor(private readonly options: CompareTabOptions) {
    super();
    const { rest } = options;
    this.addClass('hl-Host');
    this.addClass('hl-ComparePage');
    this.node.tabIndex = -1;
    this.model = new CompareModel(rest, options.kept);
    this.search = text => rest.entries({ text, limit: FOUND });
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
    return <Page model={this.model} search={this.search} {...this.options} />;
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    if (!this.node.contains(document.activeElement)) {
      this.model.focus(this.model.get().focused, true);
      if (this.model.get().columns.length === 0) {
        this.node.focus();
      }
    }
  }

  private onChange(): void {
    this.model.changed();
  }
}

function Page(
  props: CompareTabOptions & { model: CompareModel; search: EntrySearch }
): React.JSX.Element {
  const { model, search, keys, onOpen, onCompareModels } = props;
  const state = React.useSyncExternalStore(model.subscribe, model.get);
  return (
    <CompareView
      {...state}
      keys={keys()}
      search={search}
      onAdd={row => model.add(keyOf(row))}
      onFocus={place => model.focus(place)}
      onMove={(place, by) => model.move(place, by)}
      onDrop={place => model.drop(place)}
      onBaseline={place => model.toggleBaseline(place)}
      onRetry={place => model.retry(place)}
      onOpen={place => {
        const { entry } = state.columns[place];
        if (entry) {
          onOpen(entry);
        }
      }}
      onCompareModels={onCompareModels}
    />
  );
}
