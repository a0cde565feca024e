import { languages } from 'monaco-editor/editor.js';
import { ALU_OPS, INSN_FORMS } from '../../src-core/isa/table.ts';

export const LANGUAGE = 'bpfasm';

const DIRECTIVES = [
  '.section',
  '.map',
  '.license',
  '.type',
  '.globl',
  '.data',
  '.rodata',
  '.bss',
  '.byte',
  '.long',
  '.quad',
  '.ascii',
  '.asciz',
  '.zero',
];
const KEYWORDS = [
  'goto',
  'gotol',
  'may_goto',
  'if',
  'call',
  'exit',
  'lock',
  'll',
  'atomic_fetch_add',
  'atomic_fetch_or',
  'atomic_fetch_and',
  'atomic_fetch_xor',
  'xchg_64',
  'xchg32_32',
  'cmpxchg_64',
  'cmpxchg32_32',
  'load_acquire',
  'store_release',
  'addr_space_cast',
  'be16',
  'be32',
  'be64',
  'le16',
  'le32',
  'le64',
  'bswap16',
  'bswap32',
  'bswap64',
];
const MNEMONICS = [...new Set(INSN_FORMS.map((f) => f.mnemonic.split(' ')[0]))];

/** Highlighting of both syntaxes (Monarch). */
const tokens: languages.IMonarchLanguage = {
  keywords: [...KEYWORDS, ...MNEMONICS],
  tokenizer: {
    root: [
      [/(\/\/|#).*$/, 'comment'],
      [/\/\*/, 'comment', '@block'],
      [/;.*$/, 'comment'],
      [/"[^"]*"/, 'string'],
      [/\.[a-z_]\w*/, 'keyword.directive'],
      [/[A-Za-z_]\w*:/, 'type.label'],
      [/%?\b[rw](10|[0-9])\b/, 'variable.register'],
      [/\b[us](8|16|32|64)\b/, 'type'],
      [/[+-]?\b0x[0-9a-fA-F]+\b/, 'number.hex'],
      [/[+-]?\b\d+\b/, 'number'],
      [/\bbpf_\w+/, 'function.helper'],
      [/[A-Za-z_]\w*/, { cases: { '@keywords': 'keyword', '@default': 'identifier' } }],
      [/s?(>>=|<<=|>=|<=|>|<|\/=|%=)|[-+*&|^]?=|!=|==/, 'operator'],
    ],
    block: [
      [/\*\//, 'comment', '@pop'],
      [/./, 'comment'],
    ],
  },
};

const SNIPPETS: readonly { readonly label: string; readonly insert: string; readonly detail: string }[] = [
  { label: '*(u32 *)', insert: 'r${1:0} = *(u${2:32} *)(r${3:1} + ${4:0})', detail: 'load' },
  { label: 'store', insert: '*(u${1:64} *)(r${2:10} - ${3:8}) = r${4:1}', detail: 'store a register' },
  { label: 'if', insert: 'if r${1:0} == ${2:0} goto ${3:out}', detail: 'conditional jump' },
  { label: 'lock', insert: 'lock *(u64 *)(r${1:0} + 0) += r${2:1}', detail: 'atomic add' },
  {
    label: '.map',
    insert: '.map ${1:counters}, type=${2:array}, key=4, value=8, max_entries=1',
    detail: 'declare a map',
  },
  { label: '.section', insert: '.section "${1:xdp}"', detail: 'declare a program by its section' },
];

/** Registers highlighting and completion; `helpers` are the names that the Worker knows. */
export function registerLanguage(helpers: readonly string[]): void {
  languages.register({ id: LANGUAGE, extensions: ['.s'] });
  languages.setMonarchTokensProvider(LANGUAGE, tokens);
  languages.setLanguageConfiguration(LANGUAGE, {
    comments: { lineComment: '//', blockComment: ['/*', '*/'] },
  });
  languages.registerCompletionItemProvider(LANGUAGE, {
    triggerCharacters: ['.', '_'],
    provideCompletionItems: (model, position) => {
      const line = model.getLineContent(position.lineNumber).slice(0, position.column - 1);
      const word = /[.\w]*$/.exec(line)?.[0] ?? '';
      const range = {
        startLineNumber: position.lineNumber,
        endLineNumber: position.lineNumber,
        startColumn: position.column - word.length,
        endColumn: position.column,
      };
      const item = (
        label: string,
        kind: languages.CompletionItemKind,
        detail: string,
        insertText = label,
      ) => ({ label, kind, detail, insertText, range });
      const labels = [...model.getValue().matchAll(/^\s*([A-Za-z_]\w*):/gm)].map((m) =>
        item(m[1], languages.CompletionItemKind.Reference, 'label'),
      );
      return {
        suggestions: [
          ...SNIPPETS.map((s) => ({
            ...item(s.label, languages.CompletionItemKind.Snippet, s.detail, s.insert),
            insertTextRules: languages.CompletionItemInsertTextRule.InsertAsSnippet,
          })),
          ...helpers.map((h) => item(h, languages.CompletionItemKind.Function, 'helper')),
          ...DIRECTIVES.map((d) => item(d, languages.CompletionItemKind.Keyword, 'directive')),
          ...KEYWORDS.map((k) => item(k, languages.CompletionItemKind.Keyword, 'keyword')),
          ...ALU_OPS.map((o) =>
            item(o.name, languages.CompletionItemKind.Operator, `${o.symbol} (mnemonic syntax)`),
          ),
          ...labels,
        ],
      };
    },
  });
}
