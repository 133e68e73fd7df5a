// The notebook that opens a workbench: what it holds, and a free name for it.

export interface PythonKernel {
  name: string;
  display_name: string;
}

interface Spec {
  readonly name: string;
  readonly display_name: string;
  readonly language: string;
}

/** Marks our notebooks, so that they are found again. */
export const MARK = 'headlab';

const INTRODUCTION =
  'A HeadLab workbench: choose a model, look at its heads on the map, open one, draft and review.\n' +
  'What is decided is kept in the head catalogue.';
const CODE = 'import headlab\n\nheadlab.Workbench()';

export function workbenchNotebook(kernel: PythonKernel): object {
  return {
    cells: [
      { cell_type: 'markdown', id: 'introduction', metadata: {}, source: INTRODUCTION },
      {
        cell_type: 'code',
        id: 'workbench',
        metadata: {},
        source: CODE,
        execution_count: null,
        outputs: []
      }
    ],
    metadata: {
      kernelspec: { ...kernel, language: 'python' },
      language_info: { name: 'python' },
      [MARK]: { workbench: true }
    },
    nbformat: 4,
    nbformat_minor: 5
  };
}

/** `HeadLab.ipynb`, else `HeadLab-1.ipynb` and so on. */
export function freeName(taken: Iterable<string>): string {
  // Some file systems do not tell capitals apart.
  const names = new Set(Array.from(taken, name => name.toLowerCase()));
  for (let number = 0; ; number++) {
    const name = number === 0 ? 'HeadLab.ipynb' : `HeadLab-${number}.ipynb`;
    if (!names.has(name.toLowerCase())) {
      return name;
    }
  }
}

/** The default kernel if it is Python, else the first that is; null where there is none. */
export function pythonKernel(
  specs: { default: string; kernelspecs: { readonly [name: string]: Spec | undefined } } | null
): PythonKernel | null {
  const all = Object.values(specs?.kernelspecs ?? {}).filter(spec => spec !== undefined);
  const python = all.filter(spec => spec.language.toLowerCase() === 'python');
  const found = python.find(spec => spec.name === specs?.default) ?? python[0];
  return found ? { name: found.name, display_name: found.display_name } : null;
}

/** Why a cell that opens a workbench failed, with what to do; null where its output says it all. */
export function importProblem(outputs: readonly object[], kernel: string): string | null {
  const missing = outputs.some(output => {
    const { ename, evalue } = output as { ename?: unknown; evalue?: unknown };
    return ename === 'ModuleNotFoundError' && String(evalue).includes("'headlab'");
  });
  return missing
    ? `The kernel “${kernel}” has no HeadLab. Install it there (pip install headlab), or choose ` +
        'another kernel and run the cell.'
    : null;
}
