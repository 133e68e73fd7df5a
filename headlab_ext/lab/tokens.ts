import { Token } from '@lumino/coreutils';
import type { Changes } from './changes';
import type { RestApi } from './rest';

/** The server's side of HeadLab, shared by the plugins. */
export interface IHeadLab {
  readonly rest: RestApi;
  readonly changes: Changes;
}

export const IHeadLab = new Token<IHeadLab>(
  'headlab:IHeadLab',
  'The catalogue and the settings on the server, and the announcements of their changes.'
);
