import type { BenchStatus, Head } from '../contract/records';
import type { Selection } from '../views/api';
import { headName, parseHead } from '../views/heads';
import { onSelection, tellSelection } from '../views/page_events';
import type { PanelModel } from './panel_model';

/** The widget's selected head, in step with the other views of the page. */
export class PageSelection implements Selection {
  constructor(private readonly model: PanelModel) {
    onSelection('panel', ({ fingerprint, head }) => {
      if (fingerprint === this.fingerprint()) {
        this.write(head);
      }
    });
  }

  // Bound, so that they can be handed on by themselves.
  readonly get = (): Head | null => parsed(this.model.get('selected') as string);

  readonly set = (head: Head | null): void => {
    this.write(head);
    const fingerprint = this.fingerprint();
    if (head && fingerprint) {
      tellSelection({ fingerprint, head, source: 'panel' });
    }
  };

  readonly onChange = (listener: (head: Head | null) => void): (() => void) => {
    const changed = () => listener(this.get());
    this.model.on('change:selected', changed);
    return () => this.model.off('change:selected', changed);
  };

  private write(head: Head | null): void {
    this.model.set('selected', head ? headName(head) : '');
    this.model.save_changes();
  }

  private fingerprint(): string | undefined {
    return (this.model.get('status') as BenchStatus).model?.fingerprint;
  }
}

/** The same object for the same text, as React's stores want it. */
const known = new Map<string, Head | null>();

function parsed(text: string): Head | null {
  if (!known.has(text)) {
    known.set(text, parseHead(text));
  }
  return known.get(text) ?? null;
}
