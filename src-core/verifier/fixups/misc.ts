import {
  BPF_ABS,
  BPF_ADD,
  BPF_ALU,
  BPF_ALU64,
  BPF_CALL,
  BPF_DIV,
  BPF_IND,
  BPF_JA,
  BPF_JCOND,
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JMP,
  BPF_JMP32,
  BPF_JNE,
  BPF_K,
  BPF_LD,
  BPF_LSH,
  BPF_MOD,
  BPF_MOV,
  BPF_MUL,
  BPF_NEG,
  BPF_PSEUDO_CALL,
  BPF_X,
  BPF_XOR,
  classOf,
  modeOf,
  opOf,
  srcOf,
} from '../../isa/opcodes.ts';
import type { RawInsn } from '../../isa/program.ts';
import { BPF_FUNC } from '../../platform/helpers.gen.ts';
import type { KfuncRole } from '../../platform/kfuncs.ts';
import { BPF_MAP_TYPE } from '../../platform/map-types.ts';
import type { VerifierMap } from '../api.ts';
import type { VerifierEnv } from '../state/env.ts';
import { resolveCall } from '../state/resolve-call.ts';
import { Unsupported } from '../state/unsupported.ts';
import { KernelLayout } from './context/convert.ts';
import {
  AX,
  alu32Imm,
  alu32Reg,
  alu64Imm,
  alu64Reg,
  call,
  jmpImm,
  ldx,
  movImm,
  movReg,
  raw,
  st,
} from './insn.ts';
import type { Patcher } from './patcher.ts';

const BPF_F_INNER_MAP = 1 << 12;
const GFP_ATOMIC = 0x820;
const GFP_KERNEL = 0xcc0;
/** BPF_ALU64 | BPF_MOV | BPF_X with this offset: the CPU's own place of a variable (BPF_ADDR_PERCPU). */
const ADDR_PERCPU = -1;

/** A signed division by -1 is a negation, and leaves no remainder. */
function divisionByMinusOne(insn: RawInsn): RawInsn[] {
  return opOf(insn.code) === BPF_DIV
    ? [raw(classOf(insn.code) | BPF_NEG | BPF_K, insn.dst, 0, 0, 0)]
    : [alu32Imm(BPF_MOV, insn.dst, 0)];
}

/** A jump of the division's own width. */
const jumpLike = (insn: RawInsn, op: number, dst: number, imm: number, off: number): RawInsn =>
  raw((classOf(insn.code) === BPF_ALU64 ? BPF_JMP : BPF_JMP32) | op | BPF_K, dst, 0, off, imm);

const OVER_ONE = jmpImm(BPF_JA, 0, 0, 1);

/** Division by zero gives zero, and by zero there is no remainder (chk_and_div, chk_and_mod). */
function unsignedDivision(insn: RawInsn): RawInsn[] {
  if (opOf(insn.code) === BPF_DIV) {
    return [jumpLike(insn, BPF_JNE, insn.src, 0, 2), alu32Reg(BPF_XOR, insn.dst, insn.dst), OVER_ONE, insn];
  }
  return classOf(insn.code) === BPF_ALU64
    ? [jumpLike(insn, BPF_JEQ, insn.src, 0, 1), insn]
    : [jumpLike(insn, BPF_JEQ, insn.src, 0, 2), insn, OVER_ONE, alu32Reg(BPF_MOV, insn.dst, insn.dst)];
}

/** Besides, the smallest number by -1 is itself (chk_and_sdiv, chk_and_smod). */
function signedDivision(insn: RawInsn): RawInsn[] {
  const cls = classOf(insn.code);
  const plusOne = [movReg(AX, insn.src), raw(cls | BPF_ADD | BPF_K, AX, 0, 0, 1)];
  if (opOf(insn.code) === BPF_DIV) {
    return [
      ...plusOne,
      jumpLike(insn, BPF_JGT, AX, 1, 4),
      jumpLike(insn, BPF_JEQ, AX, 0, 1),
      raw(cls | BPF_MOV | BPF_K, insn.dst, 0, 0, 0),
      raw(cls | BPF_NEG | BPF_K, insn.dst, 0, 0, 0),
      OVER_ONE,
      insn,
    ];
  }
  const is64 = cls === BPF_ALU64;
  const out = [
    ...plusOne,
    jumpLike(insn, BPF_JGT, AX, 1, 3),
    jumpLike(insn, BPF_JEQ, AX, 1, is64 ? 3 : 4),
    alu32Imm(BPF_MOV, insn.dst, 0),
    OVER_ONE,
    insn,
  ];
  return is64 ? out : [...out, OVER_ONE, alu32Reg(BPF_MOV, insn.dst, insn.dst)];
}

/** What a division becomes; null where nothing can go wrong. */
function guardedDivision(insn: RawInsn): RawInsn[] | null {
  const isSigned = insn.off === 1;
  if (srcOf(insn.code) !== BPF_X) return isSigned && insn.imm === -1 ? divisionByMinusOne(insn) : null;
  return isSigned ? signedDivision(insn) : unsignedDivision(insn);
}

const percpu = (dst: number): RawInsn => raw(BPF_ALU64 | BPF_MOV | BPF_X, dst, dst, ADDR_PERCPU, 0);

function scaled(elemSize: number): RawInsn {
  const shift = 31 - Math.clz32(elemSize);
  return elemSize === 2 ** shift ? alu64Imm(BPF_LSH, 0, shift) : alu64Imm(BPF_MUL, 0, elemSize);
}

/** map_gen_lookup() of the map's type; null where the helper is called. */
function inlinedLookup(k: KernelLayout, map: VerifierMap): RawInsn[] | null {
  const roundedKey = (map.keySize + 7) & ~7;
  switch (map.type) {
    case BPF_MAP_TYPE.array:
      if ((map.flags & BPF_F_INNER_MAP) !== 0) return null;
      return [
        alu64Imm(BPF_ADD, 1, k.off('bpf_array', 'value')),
        ldx(4, 0, 2, 0),
        jmpImm(BPF_JGE, 0, map.maxEntries, 3),
        scaled((map.valueSize + 7) & ~7),
        alu64Reg(BPF_ADD, 0, 1),
        jmpImm(BPF_JA, 0, 0, 1),
        movImm(0, 0),
      ];
    case BPF_MAP_TYPE.percpu_array:
      if ((map.flags & BPF_F_INNER_MAP) !== 0) return null;
      return [
        alu64Imm(BPF_ADD, 1, k.off('bpf_array', 'pptrs')),
        ldx(4, 0, 2, 0),
        jmpImm(BPF_JGE, 0, map.maxEntries, 5),
        alu64Imm(BPF_LSH, 0, 3),
        alu64Reg(BPF_ADD, 0, 1),
        ldx(8, 0, 0, 0),
        percpu(0),
        jmpImm(BPF_JA, 0, 0, 1),
        movImm(0, 0),
      ];
    case BPF_MAP_TYPE.hash:
      return [
        call(0),
        jmpImm(BPF_JEQ, 0, 0, 1),
        alu64Imm(BPF_ADD, 0, k.off('htab_elem', 'key') + roundedKey),
      ];
    case BPF_MAP_TYPE.lru_hash: {
      const ref = k.off('htab_elem', 'lru_node') + k.off('bpf_lru_node', 'ref');
      return [
        call(0),
        jmpImm(BPF_JEQ, 0, 0, 4),
        ldx(1, 1, 0, ref),
        jmpImm(BPF_JNE, 1, 0, 1),
        st(1, 0, ref, 1),
        alu64Imm(BPF_ADD, 0, k.off('htab_elem', 'key') + roundedKey),
      ];
    }
    case BPF_MAP_TYPE.percpu_hash:
      return [
        call(0),
        jmpImm(BPF_JEQ, 0, 0, 3),
        alu64Imm(BPF_ADD, 0, k.off('htab_elem', 'key') + roundedKey),
        ldx(8, 0, 0, 0),
        percpu(0),
      ];
    case BPF_MAP_TYPE.array_of_maps:
    case BPF_MAP_TYPE.hash_of_maps:
    case BPF_MAP_TYPE.xskmap:
      throw new Unsupported(`inlined lookup in map ${map.name}`);
    default:
      return null;
  }
}

const STORAGE_GET: ReadonlySet<number> = new Set([
  BPF_FUNC.task_storage_get,
  BPF_FUNC.sk_storage_get,
  BPF_FUNC.inode_storage_get,
  BPF_FUNC.cgrp_storage_get,
]);
/** Calls that the kernel writes out in ways that are not modelled here. */
const REWRITTEN: ReadonlySet<number> = new Set([
  BPF_FUNC.timer_set_callback,
  BPF_FUNC.jiffies64,
  BPF_FUNC.get_func_arg,
  BPF_FUNC.get_func_ret,
  BPF_FUNC.get_func_arg_cnt,
  BPF_FUNC.get_func_ip,
  BPF_FUNC.get_branch_snapshot,
  BPF_FUNC.kptr_xchg,
  BPF_FUNC.per_cpu_ptr,
  BPF_FUNC.this_cpu_ptr,
  BPF_FUNC.loop,
  BPF_FUNC.map_lookup_percpu_elem,
]);

/** Roles of kfuncs whose calls get no arguments from the kernel. */
const PLAIN_KFUNCS: ReadonlySet<string> = new Set<KfuncRole>([
  'plain',
  'changes_pkt_data',
  'dynptr_clone',
  'dynptr_from_skb',
  'dynptr_from_xdp',
  'dynptr_slice',
  'dynptr_slice_rdwr',
  'irq_restore',
  'irq_save',
  'iter_css_task_new',
  'iter_num',
  'list_peek',
  'list_pop',
  'preempt_disable',
  'preempt_enable',
  'rbtree_peek',
  'rbtree_remove',
  'rbtree_walk',
  'rcu_lock',
  'rcu_unlock',
  'res_spin_lock',
  'res_spin_lock_irqsave',
  'res_spin_unlock',
  'res_spin_unlock_irqrestore',
]);

/** What a helper call becomes; null where it stays a call. */
function helperCall(env: VerifierEnv, k: KernelLayout, insn: RawInsn, at: number): RawInsn[] | null {
  if (REWRITTEN.has(insn.imm)) throw new Unsupported(`inlined helper ${insn.imm}`);
  if (STORAGE_GET.has(insn.imm)) {
    return [movImm(5, env.sleepable ? GFP_KERNEL : GFP_ATOMIC), insn];
  }
  if (insn.imm === BPF_FUNC.get_smp_processor_id) {
    return [movImm(0, 0), percpu(0), ldx(4, 0, 0, 0)];
  }
  if (insn.imm !== BPF_FUNC.map_lookup_elem || env.aux.callMapPoison[at] !== 0) return null;
  const index = env.aux.callMap[at] - 1;
  return index < 0 ? null : inlinedLookup(k, env.maps[index]);
}

/** fixup_kfunc_call(): what a kfunc call becomes; null where it only gets an address. */
function kfuncCall(env: VerifierEnv, at: number): RawInsn[] | null {
  const signature = resolveCall(env, at);
  const role = signature.kind === 'kfunc' ? signature.role : signature.kind;
  // A cast only changes what the verifier knows.
  if (role === 'cast_to_kern_ctx' || role === 'rdonly_cast') return [movReg(0, 1)];
  if (PLAIN_KFUNCS.has(role)) return null;
  throw new Unsupported(`kfunc call written out: ${role}`);
}

const isDivision = (insn: RawInsn): boolean => {
  const cls = classOf(insn.code);
  const op = opOf(insn.code);
  return (cls === BPF_ALU || cls === BPF_ALU64) && (op === BPF_DIV || op === BPF_MOD);
};

/** do_misc_fixups(), Linux 6.18, as far as it is modelled: divisions, inlined lookups, calls. */
export function miscFixups(env: VerifierEnv, patcher: Patcher, origin: Int32Array): void {
  const k = new KernelLayout(env.kernelBtf);
  for (let i = 0; i < patcher.length; i++) {
    const insn = patcher.at(i);
    const { code } = insn;
    const guarded = isDivision(insn) ? guardedDivision(insn) : null;
    if (guarded !== null) patcher.replace(i, guarded);
    const mode = modeOf(code);
    if (classOf(code) === BPF_LD && (mode === BPF_ABS || mode === BPF_IND)) {
      throw new Unsupported('LD_ABS and LD_IND written out');
    }
    if (code === (BPF_JMP | BPF_JCOND)) throw new Unsupported('may_goto written out');
    if (code !== (BPF_JMP | BPF_CALL) || insn.src === BPF_PSEUDO_CALL) continue;
    const becomes = insn.src === 0 ? helperCall(env, k, insn, origin[i]) : kfuncCall(env, origin[i]);
    if (becomes !== null) patcher.replace(i, becomes);
  }
}
