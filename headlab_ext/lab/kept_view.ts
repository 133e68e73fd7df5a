import type { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';

const PAUSE = 300;

/** What a view looked like, over reloads of the page. */
export class KeptView<T extends object> {
  private timer = 0;

  /** `parse` makes a valid view of anything, for what is kept may come from another version. */
  constructor(
    private readonly db: IStateDB | null,
    private readonly key: string,
    private readonly parse: (found: Record<string, unknown>) => T
  ) {}

  async read(): Promise<T> {
    const found: unknown = await this.db?.fetch(this.key).catch(() => undefined);
    return this.parse(
      typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {}
    );
  }

  /** Kept once no change has come for a moment. */
  keep(view: T): void {
    clearTimeout(this.timer);
    const kept = structuredClone(view) as ReadonlyPartialJSONValue;
    this.timer = window.setTimeout(() => {
      this.db?.save(this.key, kept).catch(error => console.warn('HeadLab: view not kept', error));
    }, PAUSE);
  }
}

export function readNumber(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
