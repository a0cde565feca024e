import 'monaco-editor/features/bracketMatching/register.js';
import 'monaco-editor/features/clipboard/register.js';
import 'monaco-editor/features/codicon/register.js';
import 'monaco-editor/features/comment/register.js';
import 'monaco-editor/features/contextmenu/register.js';
import 'monaco-editor/features/find/register.js';
import 'monaco-editor/features/gotoError/register.js';
import 'monaco-editor/features/hover/register.js';
import 'monaco-editor/features/linesOperations/register.js';
import 'monaco-editor/features/multicursor/register.js';
import 'monaco-editor/editor/contrib/snippet/browser/snippetController2.js';
import 'monaco-editor/editor/contrib/suggest/browser/suggestController.js';
import 'monaco-editor/features/toggleTabFocusMode/register.js';
import 'monaco-editor/features/wordOperations/register.js';
import EditorWorker from 'monaco-editor/editor/editor.worker.js?worker';
import { editor } from 'monaco-editor/editor.js';
import { core } from '../core.ts';
import { registerLanguage } from './language.ts';

let ready: Promise<void> | null = null;

/** Prepares Monaco once: its worker, our language, two themes. */
export function setUpMonaco(): Promise<void> {
  ready ??= start();
  return ready;
}

async function start(): Promise<void> {
  self.MonacoEnvironment = { getWorker: () => new EditorWorker() };
  editor.defineTheme('xlated-light', {
    base: 'vs',
    inherit: true,
    rules: [
      { token: 'comment', foreground: '5c6670' },
      { token: 'keyword', foreground: '0b5394' },
      { token: 'keyword.directive', foreground: '7a3e9d' },
      { token: 'variable.register', foreground: '0f5f58' },
      { token: 'function.helper', foreground: '8a4b00' },
      { token: 'type.label', foreground: '7a3e9d' },
    ],
    colors: { 'editor.background': '#ffffff' },
  });
  editor.defineTheme('xlated-dark', {
    base: 'vs-dark',
    inherit: true,
    rules: [
      { token: 'comment', foreground: '9aa5b1' },
      { token: 'keyword', foreground: '7cb7ff' },
      { token: 'keyword.directive', foreground: 'd3a4ff' },
      { token: 'variable.register', foreground: '6fd6c8' },
      { token: 'function.helper', foreground: 'f0b775' },
      { token: 'type.label', foreground: 'd3a4ff' },
    ],
    colors: { 'editor.background': '#14181d' },
  });
  const { helpers } = await core.call('vocabulary', null);
  registerLanguage(helpers);
}
