import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const DOCS = ['README.md', 'ARCHITECTURE.md', 'PLAN.md'];
const FOLDERS = /`((?:src-core|app|tests|e2e|public|scripts)\/[\w./-]*)`/g;

describe('the documents', () => {
  it.each(DOCS)('%s names only files and folders that exist', (doc) => {
    const text = readFileSync(new URL(doc, root), 'utf8');
    const missing = [...text.matchAll(FOLDERS)]
      .map((m) => m[1])
      .filter((path) => !existsSync(new URL(path, root)));
    expect(missing).toEqual([]);
  });

  it('README.md names only npm scripts that exist', () => {
    const text = readFileSync(new URL('README.md', root), 'utf8');
    const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map((m) => m[1]);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
