import { describe, expect, it } from 'vitest';
import schema from '../schema/plugin.json';
import { QUEUE_COMMANDS } from '../views/review_queue/queue_keys';
import { addReviewCommands, keyLabels } from './review_commands';

type Registry = Parameters<typeof addReviewCommands>[0];
type Added = { execute: (args: object) => void; isEnabled: () => boolean };

const shortcuts = schema['jupyter.lab.shortcuts'].filter(one =>
  one.command.startsWith('headlab:review-')
);

function registry(keyBindings: { command: string; keys: string[] }[]) {
  const added = new Map<string, Added>();
  const commands = {
    keyBindings,
    addCommand: (id: string, options: Added) => added.set(id, options)
  };
  return { added, commands: commands as unknown as Registry };
}

describe('keys of the queue', () => {
  it('are one shortcut for each command, which rests in text fields', () => {
    const named = new Set(shortcuts.map(one => one.command.replace('headlab:review-', '')));
    expect([...named].sort()).toEqual(Object.keys(QUEUE_COMMANDS).sort());
    for (const { selector } of shortcuts) {
      expect(selector).toContain('.hl-ReviewQueue:not(:has(:read-write:focus))');
    }
    const keys = shortcuts.map(one => one.keys.join(' '));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('are written as they are in force', () => {
    const { commands } = registry([
      { command: 'headlab:review-accept', keys: ['Q'] },
      { command: 'headlab:review-undo', keys: ['Z'] },
      { command: 'headlab:review-undo', keys: ['Accel Z'] },
      { command: 'headlab:review-redo', keys: ['Accel Shift Z'] },
      { command: 'headlab:review-keys', keys: ['Shift /'] },
      { command: 'headlab:review-next-row', keys: ['ArrowDown'] },
      { command: 'notebook:undo', keys: ['Z'] }
    ]);
    expect(keyLabels(commands)).toEqual({
      accept: ['q'],
      undo: ['z', 'Ctrl+Z'],
      redo: ['Ctrl+Shift+Z'],
      keys: ['?'],
      'next-row': ['↓']
    });
  });

  it('decide once a press, and move as often as they come', () => {
    const { added, commands } = registry([]);
    const sent: string[] = [];
    let presses = 1;
    const queue = { takePress: () => presses-- > 0, send: (one: string) => void sent.push(one) };
    addReviewCommands(commands, null, () => queue);
    const args = { _luminoEvent: { type: 'keybinding', keys: [] } };
    for (const name of ['accept', 'accept', 'next-row', 'next-row']) {
      added.get(`headlab:review-${name}`)?.execute(args);
    }
    expect(sent).toEqual(['accept', 'next-row', 'next-row']);
    added.get('headlab:review-reject')?.execute({}); // from the palette
    expect(sent.at(-1)).toBe('reject');
  });

  it('are off where no queue is in front', () => {
    const { added, commands } = registry([]);
    addReviewCommands(commands, null, () => null);
    expect([...added.values()].some(command => command.isEnabled())).toBe(false);
  });
});
