/** A command that comes later than this after every key was not started by one. */
const LATEST_MS = 1500;

/**
 * Lets one press of a key decide once, however long it is held. The lab runs a command a while after
 * its key event, so that the event itself cannot be asked then: each press allows one command.
 */
export class KeyPress {
  private fresh = false;
  private lastKey = -Infinity;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** For `keydown` and `pointerdown`. */
  handleEvent(event: Event): void {
    if (event.type !== 'keydown') {
      this.fresh = true;
      return;
    }
    this.lastKey = this.now();
    if (!(event as KeyboardEvent).repeat) {
      this.fresh = true;
    }
  }

  /** Whether a command may go ahead. */
  take(): boolean {
    const allowed = this.fresh || this.now() - this.lastKey > LATEST_MS;
    this.fresh = false;
    return allowed;
  }
}
