import type { ImportResult } from '../contract/records';
import { messageOf } from '../views/problems';
import type { RestApi } from './rest';
import { Store } from './store';

/** As much as the server takes at once; a larger file is for the command line. */
const MOST_BYTES = 128 * 2 ** 20;

export type ImportSource = Pick<RestApi, 'importFrom'>;

export interface ImportState {
  /** The file that was chosen. */
  name: string;
  busy: boolean;
  /** What would happen, or what has happened (`dry_run` tells). */
  result: ImportResult | null;
  /** Why the file is refused. */
  problem: string | null;
}

const NOTHING: ImportState = { name: '', busy: false, result: null, problem: null };

/** An export of another catalogue on its way into this one: first as a dry run, then for good. */
export class CatalogueImport extends Store<ImportState> {
  private text = '';

  constructor(private readonly source: ImportSource) {
    super(NOTHING);
  }

  async choose(file: Pick<File, 'name' | 'size' | 'text'>): Promise<void> {
    this.put({ ...NOTHING, name: file.name });
    if (file.size > MOST_BYTES) {
      this.put({
        problem:
          'The file has more than 128 MiB. Import it with the command headlab catalogue import instead.'
      });
      return;
    }
    await this.run(async () => {
      this.text = await file.text();
      return this.ask(true, false);
    });
  }

  /** Do what the dry run said: all of it, or what is left beside the conflicts that it listed. */
  confirm(): Promise<void> {
    const conflicts = this.get().result?.conflicts ?? [];
    return this.run(() => this.ask(false, conflicts.length > 0));
  }

  forget(): void {
    this.text = '';
    this.put(NOTHING);
  }

  private ask(dryRun: boolean, skip: boolean): Promise<ImportResult> {
    const query = { file: this.get().name, dry_run: dryRun, skip_conflicts: skip };
    return this.source.importFrom(this.text, query);
  }

  private async run(step: () => Promise<ImportResult>): Promise<void> {
    if (this.get().busy) {
      return;
    }
    this.put({ busy: true, problem: null });
    try {
      const result = await step();
      this.put({ result });
      if (!result.dry_run) {
        this.text = '';
      }
    } catch (error) {
      this.put({ problem: messageOf(error), result: null });
    } finally {
      this.put({ busy: false });
    }
  }
}
