import { MainAreaWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import type { TypingApi } from '../views/api';
import { EntryView } from '../views/entry_view';
import { headName } from '../views/heads';
import { useDelayed } from '../views/use_delayed';
import type { Changes } from './changes';
import { EntryModel, type EntryKey } from './entry_model';
import { headlabIcon } from './icon';
import { tellSelection } from '../views/page_events';
import type { RestApi } from './rest';
import { ShownWidget } from './shown_widget';

export interface EntryTabOptions {
  rest: RestApi;
  changes: Changes;
  typing: TypingApi;
  key: EntryKey;
}

/** A catalogue entry in the main area. */
export class EntryTab extends MainAreaWidget<EntryPage> {
  constructor(options: EntryTabOptions) {
    super({ content: new EntryPage(options) });
    this.id = `headlab-entry-${options.key.id}`;
    this.title.icon = headlabIcon;
    this.title.closable = true;
    this.name();
    this.content.model.subscribe(() => this.name());
  }

  get key(): EntryKey {
    return this.content.model.get().key;
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.content.tellSelected();
  }

  private name(): void {
    const { id, head, model } = this.key;
    this.title.label = head ? `${headName(head)} · ${model}` : `Entry ${id}`;
    this.title.caption = head
      ? `Catalogue entry of ${headName(head)}, model ${model}`
      : `Catalogue entry ${id}`;
  }
}

class EntryPage extends ShownWidget {
  readonly model: EntryModel;

  constructor(private readonly options: EntryTabOptions) {
    super();
    this.addClass('hl-Host');
    this.addClass('hl-EntryPage');
    this.node.tabIndex = -1;
    this.model = new EntryModel(options.rest, options.key);
    options.changes.catalogue.connect(this.onChange, this);
  }

  override dispose(): void {
    this.options.changes.catalogue.disconnect(this.onChange, this);
    super.dispose();
  }

  tellSelected(): void {
    const { fingerprint, head } = this.model.get().key;
    if (fingerprint && head) {
      tellSelection({ fingerprint, head, source: 'entry' });
    }
  }

  protected override onShown(shown: boolean): void {
    this.model.setVisible(shown);
  }

  protected override render(): React.JSX.Element {
    return <Page model={this.model} rest={this.options.rest} typing={this.options.typing} />;
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    if (!this.node.contains(document.activeElement)) {
      this.node.focus();
    }
  }

  private onChange(): void {
    this.model.changed();
  }
}

function Page(props: { model: EntryModel; rest: RestApi; typing: TypingApi }): React.JSX.Element {
  const { model, rest, typing } = props;
  const { entry, problem, loading } = React.useSyncExternalStore(model.subscribe, model.get);
  const waiting = useDelayed(entry === null && loading);
  return (
    <div className="hl-EntryPage-body" aria-busy={loading}>
      {problem !== null && (
        <div className="hl-Note" data-kind="error" role="alert">
          <p>{problem}</p>
          <button className="hl-Button" disabled={loading} onClick={() => model.retry()}>
            Retry
          </button>
        </div>
      )}
      {waiting && <p className="hl-dim">Reading the entry…</p>}
      {entry && (
        <EntryView entry={entry} api={rest} typing={typing} onEntry={next => model.take(next)} />
      )}
    </div>
  );
}
