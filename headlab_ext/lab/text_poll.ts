import type { ArrivingText } from '../contract/records';

/** Milliseconds between an answer and the next question. */
const PAUSE = 250;
/** The same while nothing new comes. */
const LONGEST = 1000;

/**
 * Ask for the texts of a batch until the function that this returns is called. `onTexts` gets them
 * whenever they are others than before; while they are not, it asks less and less often.
 */
export function pollTexts(
  ask: () => Promise<ArrivingText[]>,
  onTexts: (texts: ArrivingText[]) => void
): () => void {
  let ended = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pause = PAUSE;
  let last = '[]';

  const look = async () => {
    // an error is that of the batch, too, and shown there
    const texts = await ask().catch(() => null);
    if (ended) {
      return;
    }
    const now = texts === null ? last : JSON.stringify(texts);
    pause = now === last ? Math.min(2 * pause, LONGEST) : PAUSE;
    if (texts !== null && now !== last) {
      last = now;
      onTexts(texts);
    }
    timer = setTimeout(() => void look(), pause);
  };
  void look();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
