// Bundles the command line tool to dist/cli/xlated.js, one file that needs nothing but Node.
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root } from './ensure-install.mjs';

export async function buildCli() {
  ensureInstalled();
  const vite = await import('vite');
  await vite.build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: {
      outDir: 'dist/cli',
      emptyOutDir: true,
      ssr: join(root, 'src-core/cli/main.ts'),
      target: 'node20',
      minify: false,
      rollupOptions: {
        output: { entryFileNames: 'xlated.js', banner: '#!/usr/bin/env node', codeSplitting: false },
      },
    },
    ssr: { noExternal: true, target: 'node' },
  });
  const out = join(root, 'dist/cli');
  mkdirSync(out, { recursive: true });
  const btf = join(root, 'public/vmlinux.btf.bin');
  if (existsSync(btf)) copyFileSync(btf, join(out, 'vmlinux.btf.bin'));
  chmodSync(join(out, 'xlated.js'), 0o755);
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }\n');
}

if (process.argv[1]?.endsWith('build-cli.mjs')) await buildCli();
