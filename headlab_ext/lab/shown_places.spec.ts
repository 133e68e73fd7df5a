import { Panel, Widget } from '@lumino/widgets';
import { afterEach, describe, expect, it } from 'vitest';
import { ShownPlaces } from './shown_places';

let pageVisible = true;
Object.defineProperty(document, 'visibilityState', {
  configurable: true,
  get: () => (pageVisible ? 'visible' : 'hidden')
});

function setPage(visible: boolean) {
  pageVisible = visible;
  document.dispatchEvent(new Event('visibilitychange'));
}

afterEach(() => setPage(true));

function watched() {
  const told: boolean[] = [];
  const places = new ShownPlaces(shown => told.push(shown));
  const last = async () => {
    await new Promise(resolve => setTimeout(resolve));
    return told[told.length - 1];
  };
  return { places, last };
}

function dialog() {
  let close: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const open = new Promise<void>((resolve, reject) => {
    close = resolve;
    fail = reject;
  });
  return { open, close, fail };
}

describe('whether what the lab shows for us is seen', () => {
  it('follows a widget, its panel, the page and its end', async () => {
    const panel = new Panel();
    const widget = new Widget();
    panel.addWidget(widget);
    const { places, last } = watched();
    places.follow(widget);
    expect(await last()).toBe(false);
    Widget.attach(panel, document.body);
    expect(await last()).toBe(true);
    panel.hide();
    expect(await last()).toBe(false);
    panel.show();
    expect(await last()).toBe(true);
    widget.hide();
    expect(await last()).toBe(false);
    widget.show();
    expect(await last()).toBe(true);
    setPage(false);
    expect(await last()).toBe(false);
    setPage(true);
    expect(await last()).toBe(true);
    widget.parent = null;
    expect(await last()).toBe(false);
    panel.addWidget(widget);
    expect(await last()).toBe(true);
    widget.dispose();
    expect(await last()).toBe(false);
    setPage(false);
    setPage(true);
    expect(await last()).toBe(false);
  });

  it('holds while one of several places is seen', async () => {
    const { places, last } = watched();
    const widget = new Widget();
    Widget.attach(widget, document.body);
    places.follow(widget);
    const [first, second] = [dialog(), dialog()];
    places.during(first.open);
    places.during(second.open);
    widget.hide();
    expect(await last()).toBe(true);
    first.close();
    expect(await last()).toBe(true);
    setPage(false);
    expect(await last()).toBe(false);
    setPage(true);
    expect(await last()).toBe(true);
    second.fail(new Error('no such command'));
    expect(await last()).toBe(false);
    widget.show();
    expect(await last()).toBe(true);
    widget.dispose();
  });
});
