import type { JupyterFrontEnd } from '@jupyterlab/application';
import { PathExt } from '@jupyterlab/coreutils';
import { NotebookActions, type INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { messageOf } from '../views/problems';
import {
  freeName,
  importProblem,
  MARK,
  pythonKernel,
  workbenchNotebook
} from './workbench_notebook';

const KERNEL_SECONDS = 60;

/** Something that a person can put right; its message says how. */
export class WorkbenchProblem extends Error {}

/** Our notebook in this folder that was used last, if one is open. */
export function openWorkbenchIn(
  folder: string,
  tracker: INotebookTracker | null
): NotebookPanel | null {
  const ours = (panel: NotebookPanel) =>
    PathExt.dirname(panel.context.path) === folder && panel.model?.getMetadata(MARK) !== undefined;
  const current = tracker?.currentWidget;
  return current && ours(current) ? current : (tracker?.find(ours) ?? null);
}

/** Make the notebook and open it; it is not run yet. */
export async function makeWorkbench(app: JupyterFrontEnd, folder: string): Promise<NotebookPanel> {
  const { contents, kernelspecs } = app.serviceManager;
  await kernelspecs.ready;
  const kernel = pythonKernel(kernelspecs.specs);
  if (!kernel) {
    throw new WorkbenchProblem(
      'No Python kernel is installed. Install one with `python -m ipykernel install --user`.'
    );
  }
  let path: string;
  try {
    const listed = await contents.get(folder, { content: true });
    const taken = (listed.content as { name: string }[]).map(file => file.name);
    path = PathExt.join(folder, freeName(taken));
    await contents.save(path, {
      type: 'notebook',
      format: 'json',
      content: workbenchNotebook(kernel)
    });
  } catch (error) {
    throw new WorkbenchProblem(
      `No notebook could be made in “${folder || '/'}”: ${messageOf(error)}. ` +
        'Choose a folder that you can write to in the file browser.'
    );
  }
  const panel: NotebookPanel | undefined = await app.commands.execute('docmanager:open', {
    path,
    factory: 'Notebook',
    kernel: { name: kernel.name }
  });
  if (!panel) {
    throw new WorkbenchProblem(`${path} was made, but could not be opened. Open it by hand.`);
  }
  return panel;
}

/** Wait for the kernel and run all cells, so that the panel appears. */
export async function runWorkbench(panel: NotebookPanel): Promise<void> {
  const { sessionContext, context } = panel;
  await context.ready;
  await Promise.race([sessionContext.ready, tooLate()]);
  const done = await NotebookActions.runAll(panel.content, sessionContext);
  if (!done) {
    const outputs = panel.content.widgets.flatMap(cell => outputsOf(cell.model.toJSON()));
    const problem = importProblem(outputs, sessionContext.kernelDisplayName);
    if (problem !== null) {
      throw new WorkbenchProblem(problem);
    }
  }
  await context.save();
}

function outputsOf(cell: object): object[] {
  return (cell as { outputs?: object[] }).outputs ?? [];
}

function tooLate(): Promise<never> {
  const message =
    `The kernel did not start within ${KERNEL_SECONDS} s. Look at the menu Kernel, ` +
    'then run the second cell.';
  return new Promise((_, reject) =>
    setTimeout(() => reject(new WorkbenchProblem(message)), KERNEL_SECONDS * 1000)
  );
}
