import * as React from 'react';
import type { BenchStatus, Head } from '../contract/records';
import type { BenchApi, Selection, TypingApi } from './api';
import { BatchesPane } from './batches_pane';
import { CardPane } from './card_pane';
import { FreeText } from './free_text';
import { HelpView } from './help_view';
import { JobBar } from './job_bar';
import { MapPane } from './map_pane';
import { ModelChip, ModelChooser } from './model_chooser';

export interface WorkbenchProps {
  api: BenchApi;
  typing: TypingApi;
  selection: Selection;
  measure: string;
  onMeasure: (key: string) => void;
  /** Why the kernel does not answer, null while it does. */
  silence: string | null;
  /** Sends again what the kernel has not answered. */
  onAskAgain: () => void;
}

/** The whole path of a head: choose a model, see its heads, read one, draft, review. */
export function Workbench(props: WorkbenchProps): React.JSX.Element {
  const { api, selection, typing } = props;
  const status = useStatus(api);
  const selected = useSelected(selection);
  const [choosing, setChoosing] = React.useState(false);
  const [helping, setHelping] = React.useState(false);
  const [drafting, setDrafting] = React.useState(false);
  const root = React.useRef<HTMLDivElement>(null);
  const map = React.useRef<HTMLDivElement>(null);
  const card = React.useRef<HTMLDivElement>(null);
  const model = status.model;

  const open = (head: Head) => {
    selection.set(head);
    card.current?.scrollIntoView?.({ block: 'nearest' });
    card.current?.focus({ preventScroll: true });
  };
  const loaded = () => {
    setChoosing(false);
    // The chooser, and with it the keyboard's place, is gone.
    requestAnimationFrame(() =>
      map.current?.querySelector<HTMLElement>('[data-region]')?.focus({ preventScroll: true })
    );
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'F6') {
      event.preventDefault();
      event.stopPropagation();
      focusRegion(root.current, event.shiftKey ? -1 : 1);
    }
  };

  return (
    <div className="hl-Panel hl-Workbench" ref={root} onKeyDown={onKeyDown}>
      <header className="hl-Workbench-header" data-region tabIndex={-1} aria-label="Model">
        <span className="hl-Workbench-title">HeadLab</span>
        {model && <ModelChip model={model} name={status.model_name} />}
        <span className="hl-Workbench-space" />
        {model && (
          <button
            className="hl-Button"
            aria-expanded={drafting}
            onClick={() => setDrafting(!drafting)}
          >
            Draft several heads
          </button>
        )}
        {model && (
          <button
            className="hl-Button"
            aria-expanded={choosing}
            onClick={() => setChoosing(!choosing)}
          >
            Change model
          </button>
        )}
        <button className="hl-Button" aria-expanded={helping} onClick={() => setHelping(!helping)}>
          Help
        </button>
      </header>
      {props.silence && (
        <p className="hl-Note" data-kind="warning" role="status">
          {props.silence}{' '}
          <button type="button" className="hl-Button" onClick={props.onAskAgain}>
            Ask again
          </button>
        </p>
      )}
      {status.warning && (
        <p className="hl-Note" data-kind="warning" role="status">
          <FreeText text={status.warning} />
        </p>
      )}
      <JobBar job={status.job} onCancel={() => void api.cancel()} />
      {helping && (
        <section className="hl-Workbench-help" aria-label="Help" data-region tabIndex={-1}>
          <HelpView />
        </section>
      )}
      {(!model || choosing) && (
        <ModelChooser api={api} loaded={status.model_name} onLoaded={loaded} />
      )}
      {model && drafting && (
        <section
          className="hl-Workbench-batches"
          aria-label="Draft several heads"
          data-region
          tabIndex={-1}
        >
          <BatchesPane
            key={model.fingerprint}
            api={api}
            model={model}
            measure={props.measure}
            onHead={open}
          />
        </section>
      )}
      {model && (
        <div className="hl-Workbench-body">
          <section
            className="hl-Workbench-map"
            aria-label="Head map"
            ref={map}
            key={model.fingerprint}
          >
            <MapPane
              api={api}
              selection={selection}
              model={model}
              measure={props.measure}
              onMeasure={props.onMeasure}
              onOpen={open}
            />
          </section>
          <section
            className="hl-Workbench-card"
            aria-label="Head card"
            data-region
            tabIndex={-1}
            ref={card}
          >
            <CardPane api={api} typing={typing} head={selected} model={model} onHead={open} />
          </section>
        </div>
      )}
    </div>
  );
}

function useStatus(api: BenchApi): BenchStatus {
  return React.useSyncExternalStore(
    listener => api.onStatus(listener),
    () => api.status()
  );
}

function useSelected(selection: Selection): Head | null {
  return React.useSyncExternalStore(
    listener => selection.onChange(listener),
    () => selection.get()
  );
}

function focusRegion(root: HTMLElement | null, step: 1 | -1): void {
  const regions = Array.from(root?.querySelectorAll<HTMLElement>('[data-region]') ?? []);
  if (regions.length === 0) {
    return;
  }
  const here = regions.findIndex(region => region.contains(document.activeElement));
  const next = here < 0 ? 0 : (here + step + regions.length) % regions.length;
  regions[next].focus();
}
