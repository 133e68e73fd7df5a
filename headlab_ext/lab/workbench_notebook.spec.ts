import { describe, expect, it } from 'vitest';
import { freeName, importProblem, pythonKernel, workbenchNotebook } from './workbench_notebook';

const python = { name: 'python3', display_name: 'Python 3', language: 'python' };
const julia = { name: 'julia', display_name: 'Julia', language: 'julia' };

describe('the notebook of a workbench', () => {
  it('gets a name that is free', () => {
    expect(freeName([])).toBe('HeadLab.ipynb');
    expect(freeName(['HeadLab.ipynb', 'HeadLab-2.ipynb'])).toBe('HeadLab-1.ipynb');
    expect(freeName(['headlab.ipynb'])).toBe('HeadLab-1.ipynb');
  });

  it('takes the default kernel if it is Python, else another Python', () => {
    const own = { ...python, name: 'own', display_name: 'Own' };
    const specs = { default: 'own', kernelspecs: { python3: python, own, julia } };
    expect(pythonKernel(specs)).toEqual({ name: 'own', display_name: 'Own' });
    expect(pythonKernel({ ...specs, default: 'julia' })?.name).toBe('python3');
    expect(pythonKernel({ default: 'julia', kernelspecs: { julia } })).toBeNull();
    expect(pythonKernel(null)).toBeNull();
  });

  it('is a sentence and the cell that opens the panel', () => {
    const notebook = workbenchNotebook({ name: 'python3', display_name: 'Python 3' }) as {
      cells: { cell_type: string; source: string }[];
      metadata: { kernelspec: { name: string } };
    };
    expect(notebook.cells.map(cell => cell.cell_type)).toEqual(['markdown', 'code']);
    expect(notebook.cells[1].source).toBe('import headlab\n\nheadlab.Workbench()');
    expect(notebook.metadata.kernelspec.name).toBe('python3');
  });

  it('says what to do in a kernel without HeadLab, and leaves other errors to their output', () => {
    const missing = { ename: 'ModuleNotFoundError', evalue: "No module named 'headlab'" };
    expect(importProblem([{}, missing], 'Own')).toContain('“Own” has no HeadLab');
    expect(importProblem([{ ename: 'ValueError', evalue: 'headlab' }], 'Own')).toBeNull();
  });
});
