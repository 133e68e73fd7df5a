import { Signal, type ISignal } from '@lumino/signaling';
import { tellCatalogueChanged } from '../views/page_events';

/** Seconds after a lost connection at which to refresh once the server answers. Jupyter's stream of
 * events comes back later than the server, by up to half a minute. */
const AFTER_LOSS = [2, 5, 10, 20, 40];

interface Emission {
  readonly [name: string]: unknown;
  readonly schema_id: string;
}

/** Changes by any process, as the server announces them on Jupyter's stream of events. */
export class Changes {
  private readonly catalogueChanged = new Signal<this, void>(this);
  private readonly settingsChanged = new Signal<this, void>(this);
  private timers: number[] = [];

  constructor(stream: ISignal<unknown, Emission>) {
    stream.connect((_, emission) => this.receive(emission));
  }

  get catalogue(): ISignal<this, void> {
    return this.catalogueChanged;
  }

  get settings(): ISignal<this, void> {
    return this.settingsChanged;
  }

  /** The server was out of reach: announcements may have been missed. */
  connectionLost(): void {
    this.timers.forEach(timer => clearTimeout(timer));
    this.timers = AFTER_LOSS.map(seconds => window.setTimeout(() => this.all(), seconds * 1000));
  }

  private receive(emission: Emission): void {
    if (!emission.schema_id.includes('headlab')) {
      return;
    }
    if (emission.kind === 'settings') {
      this.settingsChanged.emit();
    } else {
      this.tellCatalogue();
    }
  }

  private all(): void {
    this.settingsChanged.emit();
    this.tellCatalogue();
  }

  private tellCatalogue(): void {
    this.catalogueChanged.emit();
    tellCatalogueChanged();
  }
}
