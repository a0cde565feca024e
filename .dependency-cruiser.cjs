/** The layer rules of ARCHITECTURE.md: a folder may import only from the folders named before it. */
const ORDER = [
  'util',
  'uapi',
  'isa',
  'btf',
  'elf',
  'asm',
  'object',
  'platform',
  'verifier',
  'jit',
  'vm',
  'sim',
  'bpf',
  'explain',
  'share',
  'worker',
  'cli',
];
/** Rooms that may not see each other although the order would allow it. */
const APART = [
  ['platform', ['asm', 'elf', 'object']],
  ['verifier', ['asm', 'elf']],
  ['jit', ['asm', 'elf', 'object']],
  ['vm', ['asm', 'elf', 'object']],
  ['explain', ['asm', 'elf', 'jit', 'vm', 'sim']],
];
/** verifier/: what each room may import of its siblings (DESIGN's table). */
const VERIFIER = {
  domain: [],
  state: ['domain'],
  log: ['state', 'domain'],
  passes: ['log', 'state', 'domain'],
  explore: ['log', 'state', 'domain'],
  check: ['passes', 'explore', 'log', 'state', 'domain'],
  fixups: ['state', 'log'],
};
const src = (names) => `^src-core/(${names.join('|')})/`;
const orderRules = ORDER.map((name, i) => ({
  name: `layer-${name}`,
  severity: 'error',
  from: { path: src([name]) },
  to: { path: i + 1 < ORDER.length ? src(ORDER.slice(i + 1)) : '^app/' },
}));
const apartRules = APART.map(([name, not]) => ({
  name: `apart-${name}`,
  severity: 'error',
  from: { path: src([name]) },
  to: { path: src(not) },
}));
const verifierRules = Object.entries(VERIFIER).map(([room, allowed]) => ({
  name: `verifier-${room}`,
  severity: 'error',
  from: { path: `^src-core/verifier/${room}/` },
  to: {
    path: `^src-core/verifier/(${Object.keys(VERIFIER)
      .filter((r) => r !== room && !allowed.includes(r))
      .join('|')})/`,
  },
}));
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'core-knows-no-app', severity: 'error', from: { path: '^src-core/' }, to: { path: '^app/' } },
    {
      name: 'app-talks-through-worker',
      severity: 'error',
      from: { path: '^app/' },
      to: { path: '^src-core/', pathNot: '^src-core/(worker|share|isa|util)/' },
    },
    {
      name: 'only-cli-imports-node',
      severity: 'error',
      from: { path: '^src-core/', pathNot: '^src-core/cli/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-imports-no-ui',
      severity: 'error',
      from: { path: '^src-core/' },
      to: { path: 'node_modules/(react|react-dom|zustand|monaco-editor)/' },
    },
    ...orderRules,
    ...apartRules,
    ...verifierRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.json'] },
  },
};
