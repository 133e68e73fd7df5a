import { ApiError } from './api';

/** What to tell a person about a failed request. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether a decision was refused because people who are asked for a vote have still to cast it. */
export function isEarly(error: unknown): boolean {
  return error instanceof ApiError && error.problem.kind === 'early';
}

/** Whether a request ended because it was cancelled, here or in the kernel. */
export function isCancelled(error: unknown): boolean {
  return (
    (error instanceof ApiError && error.problem.kind === 'cancelled') ||
    (error instanceof DOMException && error.name === 'AbortError')
  );
}
