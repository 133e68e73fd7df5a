import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Changes } from './changes';
import { CATALOGUE_EVENT, onSelection, tellSelection } from '../views/page_events';

interface Emission {
  readonly [name: string]: unknown;
  readonly schema_id: string;
}

let stream: Signal<object, Emission>;
let changes: Changes;
const [catalogue, settings, panels] = [vi.fn(), vi.fn(), vi.fn()];

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  stream = new Signal<object, Emission>({});
  changes = new Changes(stream);
  changes.catalogue.connect(catalogue);
  changes.settings.connect(settings);
  window.addEventListener(CATALOGUE_EVENT, panels);
});
afterEach(() => {
  window.removeEventListener(CATALOGUE_EVENT, panels);
  vi.useRealTimers();
});

describe('announcements of the server', () => {
  it('reach the plugins and the panels of the page', () => {
    stream.emit({ schema_id: 'urn:headlab:catalogue', kind: 'catalogue', stamp: '2', place: '' });
    expect(catalogue).toHaveBeenCalledTimes(1);
    expect(panels).toHaveBeenCalledTimes(1);
    expect(settings).not.toHaveBeenCalled();
    stream.emit({ schema_id: 'urn:headlab:catalogue', kind: 'settings', stamp: '2', place: '' });
    expect(settings).toHaveBeenCalledTimes(1);
    expect(catalogue).toHaveBeenCalledTimes(1);
  });

  it('of other programs are passed over', () => {
    stream.emit({ schema_id: 'https://events.jupyter.org/kernel_actions/v1', kind: 'catalogue' });
    expect(catalogue).not.toHaveBeenCalled();
  });

  it('that may have been missed lead to a refresh after the connection is back', () => {
    changes.connectionLost();
    vi.advanceTimersByTime(1000);
    changes.connectionLost();
    vi.advanceTimersByTime(1900);
    expect(catalogue).not.toHaveBeenCalled();
    vi.advanceTimersByTime(200);
    expect(catalogue).toHaveBeenCalledTimes(1);
    expect(settings).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(60_000);
    expect(catalogue).toHaveBeenCalledTimes(5);
  });
});

describe('selections on the page', () => {
  it('reach the others and never come back', () => {
    const [sidebar, entry] = [vi.fn(), vi.fn()];
    const stop = [onSelection('sidebar', sidebar), onSelection('entry', entry)];
    const detail = { fingerprint: 'f', head: { layer: 1, index: 2 }, source: 'sidebar' as const };
    tellSelection(detail);
    expect(entry).toHaveBeenCalledWith(detail);
    expect(sidebar).not.toHaveBeenCalled();
    stop.forEach(end => end());
    tellSelection(detail);
    expect(entry).toHaveBeenCalledTimes(1);
  });
});
