/** What a panel uses of an anywidget model. */
export interface PanelModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  on(event: string, listener: (...args: any[]) => void): void;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  off(event: string, listener: (...args: any[]) => void): void;
  send(content: unknown): void;
}
