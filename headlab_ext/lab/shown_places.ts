import { MessageLoop, type Message } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';

const TOLD = new Set(['after-attach', 'after-show', 'after-hide', 'before-detach']);

/** Tells whether anyone can see what JupyterLab shows for us in widgets and dialogs of its own. */
export class ShownPlaces {
  private readonly shown = new Set<object>();

  constructor(private readonly onShown: (shown: boolean) => void) {
    document.addEventListener('visibilitychange', this.tell);
  }

  /** A widget, for as long as it lives. */
  follow(widget: Widget): void {
    const look = () => this.put(widget, !widget.isDisposed && widget.isVisible);
    MessageLoop.installMessageHook(widget, (_, message: Message) => {
      if (TOLD.has(message.type)) {
        queueMicrotask(look); // the widget takes the message after this
      }
      return true;
    });
    widget.disposed.connect(look);
    look();
  }

  /** A dialog that is open until this is settled. */
  during(open: Promise<unknown>): void {
    const close = () => this.put(open, false);
    this.put(open, true);
    open.then(close, close);
  }

  private put(place: object, shown: boolean): void {
    if (shown) {
      this.shown.add(place);
    } else {
      this.shown.delete(place);
    }
    this.tell();
  }

  private readonly tell = (): void =>
    this.onShown(this.shown.size > 0 && document.visibilityState === 'visible');
}
