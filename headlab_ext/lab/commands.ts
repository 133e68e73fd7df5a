/** The commands of HeadLab; those in the palette stand under `PALETTE`. */
export const Commands = {
  openWorkbench: 'headlab:open-workbench',
  showCatalogue: 'headlab:show-catalogue',
  openEntry: 'headlab:open-entry',
  reviewQueue: 'headlab:review-queue',
  batches: 'headlab:batches',
  catalogueTable: 'headlab:catalogue-table',
  verifyCatalogue: 'headlab:verify-catalogue',
  backUpCatalogue: 'headlab:back-up-catalogue',
  compare: 'headlab:compare',
  compareModels: 'headlab:compare-models',
  compareFocus: 'headlab:compare-focus',
  compareMoveLeft: 'headlab:compare-move-left',
  compareMoveRight: 'headlab:compare-move-right',
  compareDrop: 'headlab:compare-drop',
  compareBaseline: 'headlab:compare-baseline',
  help: 'headlab:help'
} as const;

export const PALETTE = 'HeadLab';

/** What a command without visible arguments declares. */
export const NO_ARGUMENTS = { args: { type: 'object', properties: {} } } as const;
