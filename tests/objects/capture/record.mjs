/**
 * Writes tests/objects/loader.golden.json: what libbpf hands to the running kernel for every object of
 * tests/objects. Needs root, a C compiler and libbpf 1.8; without them it says what is missing and stops.
 * LIBBPF_CFLAGS and LIBBPF_LDFLAGS name a libbpf that is not the system's.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const objects = dirname(here);
if (process.getuid?.() !== 0) stop('root is needed to create maps');
const flags = (name) => (process.env[name] ?? '').split(' ').filter((flag) => flag !== '');
const cflags = flags('LIBBPF_CFLAGS');
if (cflags.length === 0 && !existsSync('/usr/include/bpf/libbpf.h')) {
  stop('libbpf-dev is needed (bpf/libbpf.h is not there)');
}
const tool = join(mkdtempSync(join(tmpdir(), 'capture-')), 'capture');
const sources = ['-O1', '-rdynamic', '-o', tool, join(here, 'capture.c'), ...cflags];
execFileSync('cc', [...sources, ...flags('LIBBPF_LDFLAGS'), '-lbpf', '-ldl']);

const CONFIGS = /^CONFIG_(HZ|BPF_SYSCALL|DEFAULT_HOSTNAME)=/;
const kconfig = gunzipSync(readFileSync('/proc/config.gz')).toString().split('\n').filter((l) => CONFIGS.test(l));
const golden = { kernel: release(), date: new Date().toISOString().slice(0, 10), libbpf: '', kconfig, objects: {} };
for (const file of readdirSync(objects).filter((f) => f.endsWith('.bpf.o')).sort()) {
  // CO-RE against types of our own instead of the kernel's.
  const target = join(objects, file.replace('.bpf.o', '_target.bpf.o'));
  const args = existsSync(target) ? [join(objects, file), target] : [join(objects, file)];
  const out = execFileSync(tool, args, { maxBuffer: 1 << 26 }).toString();
  golden.libbpf = out.match(/^LIBBPF (.*)$/m)[1];
  if (golden.libbpf < 'v1.8') stop(`libbpf ${golden.libbpf} is too old; v1.8 knows the section names that we know`);
  golden.objects[file] = out.split(/^NAME /m).slice(1).map(program);
}
writeFileSync(join(objects, 'loader.golden.json'), `${JSON.stringify(golden, null, 1)}\n`);

function stop(why) {
  console.error(`record: ${why}`);
  process.exit(2);
}

/** One program; map fds and addresses of kernel symbols are zeroed when it is compared, not here. */
function program(text) {
  const lines = text.split('\n');
  const maps = dropRetries(lines.filter((l) => l.startsWith('MAP ')).map((l) => l.slice(4)));
  const fields = lines.find((l) => l.startsWith('PROG '))?.split(' ');
  if (fields === undefined) return { name: lines[0], maps, refused: true };
  const [, name, type, attach, attachBtfId, flags, insns, funcInfo, lineInfo] = fields;
  return {
    name,
    maps,
    type: Number(type),
    attach: Number(attach),
    attachBtfId: Number(attachBtfId),
    flags: Number(flags),
    insns: zeroFds(Buffer.from(insns, 'hex')).toString('hex'),
    funcInfo: funcInfo === '-' ? '' : funcInfo,
    lineInfo: lineInfo === '-' ? '' : createHash('sha256').update(Buffer.from(lineInfo, 'hex')).digest('hex'),
  };
}

/** libbpf tries once more without BTF where the kernel refuses a map with it. */
function dropRetries(maps) {
  return maps.filter((m, i) => i === 0 || !m.endsWith(' 0 0') || withoutBtf(m) !== withoutBtf(maps[i - 1]) || m === maps[i - 1]);
}

function withoutBtf(map) {
  return map.split(' ').slice(0, 8).join(' ');
}

/** ld_imm64 of a map or a map's value holds an fd of this very run. */
function zeroFds(insns) {
  for (let at = 0; at < insns.length; at += 8) {
    const src = insns[at + 1] >> 4;
    if (insns[at] === 0x18 && (src === 1 || src === 2)) insns.writeInt32LE(0, at + 4);
  }
  return insns;
}
