/** Where the focus goes in a queue: to the first sentence, else to the head's name or the title. */
export function firstPlace(root: HTMLElement | null): HTMLElement | null {
  const find = (selector: string) => root?.querySelector<HTMLElement>(selector) ?? null;
  return find('[data-sentence][tabindex="0"]') ?? find('h2');
}
