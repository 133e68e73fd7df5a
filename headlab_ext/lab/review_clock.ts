/** Counts the seconds that something was on the screen. */
export class ScreenClock {
  private spent = 0;
  private since: number | null = null;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Count on while `running`; else stand still. */
  run(running: boolean): void {
    if (running) {
      this.since ??= this.now();
    } else if (this.since !== null) {
      this.spent += this.now() - this.since;
      this.since = null;
    }
  }

  /** Start again at `seconds`, going on as it was. */
  reset(seconds = 0): void {
    this.spent = 1000 * seconds;
    if (this.since !== null) {
      this.since = this.now();
    }
  }

  get seconds(): number {
    const running = this.since === null ? 0 : this.now() - this.since;
    return (this.spent + running) / 1000;
  }
}

/** How long the head on the screen was looked at, and what was hidden of each all that time. */
export class Look<Hidden> {
  private readonly hidden = new Map<number, readonly Hidden[]>();

  constructor(private readonly clock: ScreenClock) {}

  /** This head is on the screen from now on, or something else of it is hidden. */
  at(id: number, hidden: readonly Hidden[]): void {
    const before = this.hidden.get(id) ?? hidden;
    this.hidden.set(
      id,
      hidden.filter(one => before.includes(one))
    );
  }

  /** Count the time anew, after `spent` seconds of it. */
  start(spent: number): void {
    this.clock.reset(spent);
  }

  setVisible(visible: boolean): void {
    this.clock.run(visible);
  }

  get seconds(): number {
    return this.clock.seconds;
  }

  hiddenOf(id: number): readonly Hidden[] {
    return this.hidden.get(id) ?? [];
  }
}
