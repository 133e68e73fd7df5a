import type { PanelModel } from './panel_model';

type Listener = (...given: unknown[]) => void;

/** A widget's model without a kernel, for the specs: what was sent, and a way to answer. */
export class FakeModel implements PanelModel {
  readonly sent: Record<string, unknown>[] = [];
  saves = 0;
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(private readonly traits: Record<string, unknown> = {}) {}

  get(name: string): unknown {
    return this.traits[name];
  }

  set(name: string, value: unknown): void {
    this.traits[name] = value;
    this.emit(`change:${name}`);
  }

  save_changes(): void {
    this.saves++;
  }

  on(event: string, listener: Listener): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(listener));
  }

  off(event: string, listener: Listener): void {
    this.listeners.get(event)?.delete(listener);
  }

  send(content: unknown): void {
    this.sent.push(content as Record<string, unknown>);
  }

  /** A message of the kernel. */
  answer(content: unknown, buffers: DataView[] = []): void {
    this.emit('msg:custom', content, buffers);
  }

  private emit(event: string, ...given: unknown[]): void {
    this.listeners.get(event)?.forEach(listener => listener(...given));
  }
}
