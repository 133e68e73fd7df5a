import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';

/** A widget that is told whether anyone can see it, so that it can rest while nobody does. */
export abstract class ShownWidget extends ReactWidget {
  constructor() {
    super();
    document.addEventListener('visibilitychange', this.look);
  }

  override dispose(): void {
    document.removeEventListener('visibilitychange', this.look);
    super.dispose();
  }

  /** Told after every change that may matter, also to what it was told before. */
  protected abstract onShown(shown: boolean): void;

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.look();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.look();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.look();
  }

  protected readonly look = (): void =>
    this.onShown(this.isVisible && document.visibilityState === 'visible');
}
