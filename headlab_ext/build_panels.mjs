// The panels' bundles: everything they need in one file each, nothing fetched at run time.
import { build } from 'esbuild';
import { mkdirSync } from 'node:fs';

const out = 'headlab/panels/static';
mkdirSync(out, { recursive: true });
await build({
  entryPoints: { workbench: 'headlab_ext/panels/workbench.tsx' },
  outdir: out,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'transform',
  minify: true,
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning'
});
await build({
  entryPoints: ['headlab_ext/style/index.css'],
  outfile: `${out}/headlab.css`,
  bundle: true,
  minify: true,
  logLevel: 'warning'
});
