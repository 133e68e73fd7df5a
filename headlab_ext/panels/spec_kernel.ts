// A kernel's end of numbered requests, and a line that loses, doubles and reorders, for the specs.
import type { PanelModel } from './panel_model';

export type Sent = Record<string, unknown> & { page: string };
type Listener = (message: unknown, buffers: DataView[]) => void;

/** What becomes of a message: when it arrives, in milliseconds, for each time that it does. */
export type Fate = (message: Sent, toKernel: boolean) => number[];

/** A kernel that keeps to the form in `panels/exchange.py`. */
export class SpecKernel {
  /** How often each request was carried out. */
  readonly started = new Map<string, number>();
  readonly arrived: Sent[] = [];
  private readonly known = new Map<string, Sent | null>();
  private readonly pages: Listener[] = [];
  private readonly closers: (() => void)[] = [];

  constructor(
    private readonly fate: Fate,
    /** Milliseconds that a request takes. */
    private readonly work: () => number = () => 0
  ) {}

  /** One more page that shows the panel. */
  model(): Pick<PanelModel, 'on' | 'send'> {
    return {
      on: (event, listener) => {
        if (event === 'msg:custom') {
          this.pages.push(listener);
        } else if (event === 'destroy') {
          this.closers.push(listener);
        }
      },
      send: content => {
        const message = content as Sent;
        this.fate(message, true).forEach(wait => setTimeout(() => this.receive(message), wait));
      }
    };
  }

  destroy(): void {
    this.closers.forEach(close => close());
  }

  /** To every page, as the kernel's messages go. */
  tell(message: Sent): void {
    for (const page of this.pages) {
      this.fate(message, false).forEach(wait => setTimeout(() => page(message, []), wait));
    }
  }

  private receive(message: Sent): void {
    this.arrived.push(message);
    const { page } = message;
    const number = (message.request ?? message.cancel) as number | undefined;
    if (number === undefined) {
      return;
    }
    const key = `${page} ${number}`;
    const answer = this.known.get(key);
    if (answer) {
      this.tell(answer);
    } else if ('cancel' in message) {
      this.answer(key, { page, reply: number, problem: { kind: 'cancelled', message: '' } });
    } else {
      this.tell({ page, ack: number });
      if (answer === undefined) {
        this.known.set(key, null);
        this.started.set(key, (this.started.get(key) ?? 0) + 1);
        const result = message.params;
        setTimeout(() => this.answer(key, { page, reply: number, result }), this.work());
      }
    }
  }

  private answer(key: string, answer: Sent): void {
    if (!this.known.get(key)) {
      this.known.set(key, answer);
      this.tell(answer);
    }
  }
}
