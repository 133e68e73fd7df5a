/**
 * Keys of a panel in a notebook cell.
 *
 * The notebook's command-mode keys (cut, delete, insert a cell, run it again) match whatever element
 * below the notebook has the focus, so `data-lm-suppress-shortcuts` on the panel's host does not keep
 * them away: only not letting the event out does. Saving, the palette and the side bars stay usable.
 */
export function keepKeysInside(host: HTMLElement): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.defaultPrevented) {
      host.closest<HTMLElement>('.jp-Notebook')?.focus();
    }
    if (!isOfTheLab(event)) {
      event.stopPropagation();
    }
  };
  host.addEventListener('keydown', onKeyDown);
  return () => host.removeEventListener('keydown', onKeyDown);
}

/** Keys that act on the lab as a whole and on no cell. */
export function isOfTheLab(event: KeyboardEvent): boolean {
  const key = event.key.toLowerCase();
  const accel = (event.ctrlKey || event.metaKey) && !event.altKey;
  return accel && (event.shiftKey ? key === 'c' : key === 's' || key === 'b');
}
