import type { Problem } from '../contract/records';
import { ApiError, type CallOptions } from '../views/api';
import type { PanelModel } from './panel_model';

/** Seconds after which a request that the kernel gave no sign of is sent again, time after time. */
const UNHEARD = [1, 2, 4, 8, 16];
/** The same for one that the kernel knows: its answer may have been lost. The last one repeats. */
const UNANSWERED = [5, 10, 20, 30];
/** A request without a sign for this long is worth a word to the person. */
const SILENT_SECONDS = 4;

export interface Answer {
  result: unknown;
  buffers: DataView[];
}

export interface AskOptions extends CallOptions {
  onText?: (text: string) => void;
}

/** A message for all pages. */
export type PanelEvent = Record<string, unknown> & { event: string };

interface Message extends Partial<PanelEvent> {
  page?: string;
  ack?: number;
  text?: number;
  reply?: number;
  so_far?: string;
  result?: unknown;
  problem?: Problem;
}

/** A request that has no answer yet. */
interface Open {
  /** What is sent until there is one: the request, or that it is given up. */
  message: object;
  /** How often it was sent since the kernel last gave a sign of it. */
  sent: number;
  /** How often an answer was asked for. */
  looked: number;
  overdue: boolean;
  again?: number;
  worry?: number;
  onText?: (text: string) => void;
  answered(message: Message, buffers: DataView[]): void;
}

/**
 * The page's end of numbered requests; the form of the messages stands in `panels/exchange.py`.
 *
 * A message can get lost on either way, so that each request is sent again until the kernel gives a
 * sign of it, and now and then until it is answered. The kernel carries it out once.
 */
export class Exchange {
  private readonly page = drawName();
  private readonly open = new Map<number, Open>();
  private readonly silenceListeners = new Set<(silent: boolean) => void>();
  private next = 1;
  private silentNow = false;
  private gone = false;

  constructor(
    private readonly model: Pick<PanelModel, 'on' | 'send'>,
    private readonly onEvent: (event: PanelEvent) => void
  ) {
    model.on('msg:custom', (message: Message, buffers: DataView[]) =>
      this.receive(message, buffers)
    );
    model.on('destroy', () => this.close());
  }

  /** Whether the kernel leaves a request without a sign. */
  silent(): boolean {
    return this.silentNow;
  }

  onSilence(listener: (silent: boolean) => void): () => void {
    this.silenceListeners.add(listener);
    return () => this.silenceListeners.delete(listener);
  }

  /** Send everything again that the kernel gave no sign of. */
  askAgain(): void {
    this.open.forEach(one => one.sent > 0 && this.begin(one));
  }

  ask(method: string, params: object, options: AskOptions = {}): Promise<Answer> {
    const { signal, onText } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(cancelled());
        return;
      }
      const number = this.next++;
      const abort = () => {
        reject(cancelled());
        this.put(number, { message: { page: this.page, cancel: number }, answered() {} });
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.put(number, {
        message: { page: this.page, request: number, method, params },
        onText,
        answered({ result, problem }, buffers) {
          signal?.removeEventListener('abort', abort);
          if (problem) {
            reject(new ApiError(problem));
          } else {
            resolve({ result, buffers });
          }
        }
      });
    });
  }

  private put(number: number, what: Pick<Open, 'message' | 'onText' | 'answered'>): void {
    this.remove(number);
    const one: Open = { ...what, sent: 0, looked: 0, overdue: false };
    this.open.set(number, one);
    this.begin(one);
  }

  private remove(number: number): void {
    const one = this.open.get(number);
    clearTimeout(one?.again);
    clearTimeout(one?.worry);
    this.open.delete(number);
  }

  /** Send it, and again until there is a sign of it. */
  private begin(one: Open): void {
    one.sent = 0;
    clearTimeout(one.worry);
    one.worry = later(SILENT_SECONDS, () => {
      one.overdue = true;
      this.judgeSilence();
    });
    this.repeat(one);
  }

  private repeat(one: Open): void {
    this.send(one.message);
    clearTimeout(one.again);
    const wait = UNHEARD.at(one.sent++);
    one.again = wait === undefined ? undefined : later(wait, () => this.repeat(one));
  }

  private send(message: object): void {
    if (this.gone) {
      return;
    }
    try {
      this.model.send(message);
    } catch (error) {
      console.warn('HeadLab: a message to the kernel was not sent', error);
    }
  }

  private receive(message: Message, buffers: DataView[]): void {
    if (message.event !== undefined) {
      this.onEvent(message as PanelEvent);
      return;
    }
    const number = message.ack ?? message.text ?? message.reply;
    if (number === undefined || message.page !== this.page) {
      return; // to another page that shows this panel
    }
    const one = this.open.get(number);
    if (message.reply !== undefined) {
      this.send({ page: this.page, got: number });
      this.remove(number);
    } else if (one) {
      this.heard(one);
    }
    if (message.text === undefined) {
      this.revive();
    }
    this.judgeSilence();
    if (message.reply !== undefined) {
      one?.answered(message, buffers);
    } else if (message.text !== undefined) {
      one?.onText?.(message.so_far ?? '');
    }
  }

  /** The kernel knows the request; from here on only its answer can be lost. */
  private heard(one: Open): void {
    clearTimeout(one.worry);
    one.overdue = false;
    if (one.sent > 0) {
      one.sent = 0;
      clearTimeout(one.again);
      const wait = UNANSWERED[Math.min(one.looked++, UNANSWERED.length - 1)];
      one.again = later(wait, () => this.begin(one));
    }
  }

  /** The kernel reads messages, unlike one that only writes on: what was sent in vain goes out again. */
  private revive(): void {
    this.open.forEach(one => one.sent > UNHEARD.length && this.begin(one));
  }

  private judgeSilence(): void {
    const silent = this.gone || [...this.open.values()].some(one => one.overdue);
    if (silent !== this.silentNow) {
      this.silentNow = silent;
      this.silenceListeners.forEach(listener => listener(silent));
    }
  }

  /** The widget is gone, and the kernel's side with it. */
  private close(): void {
    this.gone = true;
    this.open.forEach(one => {
      clearTimeout(one.again);
      clearTimeout(one.worry);
    });
    this.judgeSilence();
  }
}

function later(seconds: number, run: () => void): number {
  return window.setTimeout(run, 1000 * seconds);
}

function cancelled(): DOMException {
  return new DOMException('cancelled', 'AbortError');
}

/** A name that no other page has: another window, or this one before it was loaded again. */
function drawName(): string {
  const drawn = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(drawn, byte => byte.toString(16).padStart(2, '0')).join('');
}
