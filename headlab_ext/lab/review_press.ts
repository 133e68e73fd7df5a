/**
 * Lets one press of a key decide once, however long it is held. The lab runs a command a while after
 * its key event, so that the event itself cannot be asked then: each press allows one command.
 */
export class KeyPress {
  /** Keys whose press no command has used yet, in order. */
  private readonly unused = new Set<string>();

  /** For `keydown`. */
  handleEvent(event: Event): void {
    const { code, repeat } = event as KeyboardEvent;
    const own = !repeat || this.unused.has(code);
    if (repeat) {
      this.unused.clear(); // what comes now is of the key that is held
    }
    this.unused.delete(code);
    if (own) {
      this.unused.add(code);
    }
  }

  /** Whether a command that a key has started may go ahead. */
  take(): boolean {
    const newest = [...this.unused].at(-1);
    return newest !== undefined && this.unused.delete(newest);
  }
}
