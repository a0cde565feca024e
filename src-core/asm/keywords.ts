import { INSN_FORMS, type InsnForm } from '../isa/table.ts';

/** Forms by mnemonic; a lock operation without "lock". */
export const FORMS_BY_MNEMONIC: ReadonlyMap<string, readonly InsnForm[]> = (() => {
  const out = new Map<string, InsnForm[]>();
  for (const form of INSN_FORMS) {
    const list = out.get(form.mnemonic);
    if (list === undefined) out.set(form.mnemonic, [form]);
    else list.push(form);
  }
  return out;
})();

/** Spellings of other assemblers: "add64" is "add", "bswap16" is "swap16", "jmp" is "ja". */
export function canonicalMnemonic(word: string): string {
  const text = word.toLowerCase();
  if (FORMS_BY_MNEMONIC.has(text)) return text;
  if (text === 'jmp' || text === 'goto') return 'ja';
  if (text.startsWith('bswap')) return text.slice(1);
  if (text.endsWith('64') && FORMS_BY_MNEMONIC.has(text.slice(0, -2))) return text.slice(0, -2);
  return text;
}

/** Words that start a statement of the kernel's syntax. */
export const STATEMENT_WORDS = [
  'if',
  'goto',
  'gotol',
  'may_goto',
  'call',
  'callx',
  'exit',
  'lock',
  'store_release',
];

export const DIRECTIVES = [
  '.section',
  '.text',
  '.data',
  '.rodata',
  '.bss',
  '.globl',
  '.global',
  '.weak',
  '.hidden',
  '.local',
  '.type',
  '.args',
  '.map',
  '.license',
  '.insn',
  '.comm',
  '.byte',
  '.short',
  '.long',
  '.quad',
  '.ascii',
  '.asciz',
  '.zero',
  '.align',
  '.balign',
  '.p2align',
  '.int',
  '.2byte',
  '.4byte',
  '.8byte',
  '.string',
  '.skip',
  '.space',
  '.size',
  '.ident',
  '.file',
  '.loc',
  '.addrsig',
  '.addrsig_sym',
];

/** Everything that may stand first, for suggestions. */
export const FIRST_WORDS: readonly string[] = [
  ...STATEMENT_WORDS,
  ...new Set([...FORMS_BY_MNEMONIC.keys()].map((m) => m.split(' ')[0])),
  ...DIRECTIVES,
];
