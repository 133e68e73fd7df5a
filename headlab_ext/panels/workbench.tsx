import * as React from 'react';
import { createRoot } from 'react-dom/client';
import { Workbench } from '../views/workbench';
import { keepKeysInside } from './cell_keys';
import { KernelBench } from './kernel_bench';
import { KeptTyping } from './kept_typing';
import { PageSelection } from './page_selection';
import type { PanelModel } from './panel_model';

const SILENCE =
  'The kernel does not answer. It may be busy with a cell (interrupt it, or wait), or it was ' +
  'restarted: then run this cell again. What was saved is in the catalogue.';

interface Panel {
  bench: KernelBench;
  typing: KeptTyping;
  selection: PageSelection;
}

/** One connection a model, however many times it is shown. */
const panels = new WeakMap<PanelModel, Panel>();

function panelOf(model: PanelModel): Panel {
  let panel = panels.get(model);
  if (!panel) {
    panel = {
      bench: new KernelBench(model),
      typing: new KeptTyping(model),
      selection: new PageSelection(model)
    };
    panels.set(model, panel);
  }
  return panel;
}

function Root(props: { model: PanelModel; panel: Panel }): React.JSX.Element {
  const { model, panel } = props;
  const [measure, setMeasure] = React.useState(model.get('measure') as string);
  const [silent, setSilent] = React.useState(panel.bench.silent());
  React.useEffect(() => {
    const changed = () => setMeasure(model.get('measure') as string);
    model.on('change:measure', changed);
    return () => model.off('change:measure', changed);
  }, [model]);
  React.useEffect(() => panel.bench.onSilence(setSilent), [panel]);
  return (
    <Workbench
      api={panel.bench}
      typing={panel.typing}
      selection={panel.selection}
      measure={measure}
      onMeasure={key => {
        model.set('measure', key);
        model.save_changes();
      }}
      silence={silent ? SILENCE : null}
      onAskAgain={() => panel.bench.askAgain()}
    />
  );
}

function render({ model, el }: { model: PanelModel; el: HTMLElement }): () => void {
  el.classList.add('hl-Host');
  const root = createRoot(el);
  root.render(<Root model={model} panel={panelOf(model)} />);
  const release = keepKeysInside(el);
  return () => {
    release();
    root.unmount();
  };
}

export default { render };
