import { batchesPlugin } from './batches_plugin';
import { comparePlugin } from './compare_plugin';
import { entriesPlugin } from './entries_plugin';
import { helpPlugin } from './help_plugin';
import { reviewPlugin } from './review_plugin';
import { runningPlugin } from './running_plugin';
import { serverPlugin } from './server_plugin';
import { settingsPlugin } from './settings_plugin';
import { sidebarPlugin } from './sidebar_plugin';
import { tablePlugin } from './table_plugin';
import { upkeepPlugin } from './upkeep_plugin';
import { workbenchPlugin } from './workbench_plugin';

export default [
  serverPlugin,
  settingsPlugin,
  workbenchPlugin,
  sidebarPlugin,
  tablePlugin,
  entriesPlugin,
  batchesPlugin,
  upkeepPlugin,
  runningPlugin,
  comparePlugin,
  reviewPlugin,
  helpPlugin
];
