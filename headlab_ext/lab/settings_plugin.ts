import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { PartialJSONValue } from '@lumino/coreutils';
import { SettingsSync, type EditorCopy, type SettingsNotes } from './settings_sync';
import { plain, same } from './settings_values';
import { IHeadLab } from './tokens';

const ID = 'headlab:plugin';

export const settingsPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: "Shows HeadLab's settings file in the settings editor.",
  autoStart: true,
  requires: [IHeadLab],
  optional: [ISettingRegistry],
  activate: async (
    _app: JupyterFrontEnd,
    { rest, changes }: IHeadLab,
    registry: ISettingRegistry | null
  ) => {
    if (!registry) {
      return;
    }
    const settings = await registry.load(ID);
    const sync = new SettingsSync(rest, copyIn(settings), notes);
    settings.changed.connect(() => void sync.push());
    changes.settings.connect(() => void sync.pull());
    void sync.pull();
  }
};

function copyIn(settings: ISettingRegistry.ISettings): EditorCopy {
  const standard = (name: string) => plain(settings.default(name));
  return {
    standard,
    get: name => plain(settings.get(name).composite),
    set: (name, value) =>
      same(value, standard(name))
        ? settings.remove(name)
        : settings.set(name, value as PartialJSONValue)
  };
}

/** A toast holds 140 characters; the notification centre as many. */
const notes: SettingsNotes = {
  refused: message => {
    Notification.error(`HeadLab: not stored. ${message}`, { autoClose: false });
  },
  unreadable: message => {
    Notification.warning(`HeadLab: settings not read. ${message}`, { autoClose: 0 });
  },
  chosen: message => {
    Notification.info(`HeadLab: ${message}`, { autoClose: 10_000 });
  },
  overridden: (name, variable, stored) => {
    if (stored) {
      Notification.warning(
        `HeadLab: “${name}” is stored, but ${variable} is set in the environment and wins.`,
        { autoClose: 10_000 }
      );
    } else {
      Notification.info(
        `HeadLab: ${variable} is set in the environment and wins over the setting “${name}”.`,
        { autoClose: 0 }
      );
    }
  }
};
