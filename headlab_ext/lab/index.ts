import { entriesPlugin } from './entries_plugin';
import { helpPlugin } from './help_plugin';
import { serverPlugin } from './server_plugin';
import { settingsPlugin } from './settings_plugin';
import { sidebarPlugin } from './sidebar_plugin';
import { workbenchPlugin } from './workbench_plugin';

export default [
  serverPlugin,
  settingsPlugin,
  workbenchPlugin,
  sidebarPlugin,
  entriesPlugin,
  helpPlugin
];
