import type { Head } from '../../contract/records';
import { headName } from '../heads';
import type { Mode } from './queue_records';

/** Where what is typed about a head is kept until its judgement is stored. */
export function textKey(mode: Mode, id: number, head: Head, draftId: number | null): string {
  return `queue/${mode}/${id}/${headName(head)}/text/${draftId ?? 'own'}`;
}

export function reasonKey(mode: Mode, id: number, head: Head): string {
  return `queue/${mode}/${id}/${headName(head)}/reason`;
}
