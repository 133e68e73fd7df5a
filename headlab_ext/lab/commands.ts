/** The commands of HeadLab; those in the palette stand under `PALETTE`. */
export const Commands = {
  openWorkbench: 'headlab:open-workbench',
  showCatalogue: 'headlab:show-catalogue',
  openEntry: 'headlab:open-entry',
  help: 'headlab:help'
} as const;

export const PALETTE = 'HeadLab';

/** What a command without visible arguments declares. */
export const NO_ARGUMENTS = { args: { type: 'object', properties: {} } } as const;
