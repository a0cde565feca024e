import {
  BPF_LIST_HEAD,
  BPF_LIST_NODE,
  BPF_RB_NODE,
  BPF_RB_ROOT,
  BPF_REFCOUNT,
  BPF_SPIN_LOCK,
  type BtfField,
  fieldOffset,
  findField,
  type GraphRoot,
  hasField,
} from '../../../platform/btf-record.ts';
import { blame, reject } from '../../log/verbose.ts';
import type { VerifierEnv } from '../../state/env.ts';
import { EFAULT, EINVAL } from '../../state/errno.ts';
import { recordOfReg } from '../../state/records.ts';
import type { Reg } from '../../state/reg.ts';
import {
  isNonOwningRef,
  MEM_ALLOC,
  MEM_RCU,
  NON_OWN_REF,
  PTR_TO_BTF_ID,
  PTR_TO_MAP_VALUE,
} from '../../state/reg-type.ts';
import { inTreeCallback } from '../context.ts';
import { lockOwner } from '../refs.ts';
import { forEachReg, markRegKnownZero, valLo, varOffConst } from '../regs.ts';
import { structIdsMatch } from '../struct-ids.ts';
import type { KfuncMeta } from './meta.ts';

/** Linked lists and trees of allocated objects: heads, nodes, and who owns what. */

interface GraphKind {
  readonly rootType: number;
  readonly root: string;
  readonly nodeType: number;
  readonly node: string;
}
const LIST: GraphKind = {
  rootType: BPF_LIST_HEAD,
  root: 'bpf_list_head',
  nodeType: BPF_LIST_NODE,
  node: 'bpf_list_node',
};
const TREE: GraphKind = {
  rootType: BPF_RB_ROOT,
  root: 'bpf_rb_root',
  nodeType: BPF_RB_NODE,
  node: 'bpf_rb_node',
};

/** mark_reg_graph_node(): the register points to the node in a value that the root holds. */
export function markGraphNode(env: VerifierEnv, reg: Reg, root: GraphRoot): void {
  markRegKnownZero(reg);
  reg.type = PTR_TO_BTF_ID | MEM_ALLOC;
  reg.btf = env.btfWord(root.btf);
  reg.btfId = root.valueBtfId;
  reg.off = root.nodeOffset;
}

/** ref_set_non_owning(): the list or tree owns the object, and the lock keeps it there. */
export function setNonOwning(env: VerifierEnv, reg: Reg): number {
  if (env.cur.activeLocks === 0) {
    return reject(env, EFAULT, 'verifier bug: ref_set_non_owning w/o active lock\n');
  }
  if (reg.type & NON_OWN_REF) return reject(env, EFAULT, 'verifier bug: NON_OWN_REF already set\n');
  reg.type |= NON_OWN_REF;
  if (hasField(recordOfReg(env, reg), BPF_REFCOUNT)) reg.type |= MEM_RCU;
  return 0;
}

/** ref_convert_owning_non_owning(): the object was put into a list or tree. */
export function convertOwningNonOwning(env: VerifierEnv, refObjId: number): number {
  if (refObjId === 0 || !env.cur.refs.some((r) => r.id === refObjId)) return -EFAULT;
  forEachReg(env.cur, (reg) => {
    if (reg.refObjId !== refObjId) return;
    reg.refObjId = 0;
    setNonOwning(env, reg);
  });
  return 0;
}

/** check_reg_allocation_locked(): the lock beside the list or tree is held. */
function checkLocked(env: VerifierEnv, reg: Reg): number {
  const { cur } = env;
  if (cur.activeLocks === 0) return -EINVAL;
  const owner = lockOwner(reg);
  if (cur.refs.some((r) => r.owner !== 0 && r.id === reg.id && r.owner === owner)) return 0;
  return reject(env, EINVAL, 'held lock and object are not in the same allocation\n');
}

function constantOffset(env: VerifierEnv, regno: number, what: string): number {
  if (varOffConst(env.reg(regno))) return 0;
  return reject(
    env,
    EINVAL,
    "R%d doesn't have constant offset. %s has to be at the constant offset\n",
    regno,
    what,
  );
}

/** __process_kf_arg_ptr_to_graph_root() */
function processRoot(env: VerifierEnv, regno: number, meta: KfuncMeta, kind: GraphKind): number {
  const reg = env.reg(regno);
  const err = constantOffset(env, regno, kind.root);
  if (err) return err;
  const record = recordOfReg(env, reg);
  const off = reg.off + valLo(reg);
  const field = findField(record, off, kind.rootType);
  if (field === null) return reject(env, EINVAL, '%s not found at offset=%u\n', kind.root, off);
  if (checkLocked(env, reg)) {
    const lockOff = fieldOffset(record, BPF_SPIN_LOCK) ?? -EINVAL;
    return reject(env, EINVAL, 'bpf_spin_lock at off=%d must be held for %s\n', lockOff, kind.root);
  }
  if (meta.root !== null) return reject(env, EFAULT, 'verifier bug: repeating %s arg\n', kind.root);
  meta.root = field;
  return 0;
}

/** A list head or tree root: in a map value, or in an object that the program owns. */
export function processGraphRoot(env: VerifierEnv, regno: number, meta: KfuncMeta, tree: boolean): number {
  const reg = env.reg(regno);
  const isAllocated = reg.type === (PTR_TO_BTF_ID | MEM_ALLOC);
  if (reg.type !== PTR_TO_MAP_VALUE && !isAllocated) {
    return reject(env, EINVAL, 'arg#%d expected pointer to map value or allocated object\n', regno - 1);
  }
  if (isAllocated && reg.refObjId === 0) return reject(env, EINVAL, 'allocated object must be referenced\n');
  return processRoot(env, regno, meta, tree ? TREE : LIST);
}

function nodeMismatch(env: VerifierEnv, reg: Reg, off: number, root: GraphRoot, kind: GraphKind): number {
  return reject(
    env,
    EINVAL,
    'operation on %s expects arg#1 %s at offset=%d in struct %s, but arg is at offset=%d in struct %s\n',
    kind.root,
    kind.node,
    root.nodeOffset,
    root.btf.nameOf(root.valueBtfId),
    off,
    env.btfAt(reg.btf)?.nameOf(reg.btfId) ?? '',
  );
}

/** __process_kf_arg_ptr_to_graph_node() */
function processNode(env: VerifierEnv, regno: number, meta: KfuncMeta, kind: GraphKind): number {
  const reg = env.reg(regno);
  const err = constantOffset(env, regno, kind.node);
  if (err) return err;
  const off = reg.off + valLo(reg);
  const field: BtfField | null = findField(recordOfReg(env, reg), off, kind.nodeType);
  if (field === null) return reject(env, EINVAL, '%s not found at offset=%u\n', kind.node, off);
  const root = meta.root?.root ?? null;
  const btf = env.btfAt(reg.btf);
  if (root === null || btf === null) return reject(env, EFAULT, 'verifier bug: no root for %s\n', kind.node);
  const have = { btf, id: reg.btfId };
  if (
    !structIdsMatch(env, have, 0, { btf: root.btf, id: root.valueBtfId }, { strict: true, flexArrays: false })
  ) {
    return nodeMismatch(env, reg, off, root, kind);
  }
  meta.argBtf = reg.btf;
  meta.argBtfId = reg.btfId;
  if (off === root.nodeOffset) return 0;
  return reject(
    env,
    EINVAL,
    'arg#1 offset=%d, but expected %s at offset=%d in struct %s\n',
    off,
    kind.node,
    root.nodeOffset,
    root.btf.nameOf(root.valueBtfId),
  );
}

function ownedObject(env: VerifierEnv, regno: number): number {
  const reg = env.reg(regno);
  if (reg.type !== (PTR_TO_BTF_ID | MEM_ALLOC)) {
    return reject(env, EINVAL, 'arg#%d expected pointer to allocated object\n', regno - 1);
  }
  return reg.refObjId !== 0 ? 0 : reject(env, EINVAL, 'allocated object must be referenced\n');
}

export function processListNode(env: VerifierEnv, regno: number, meta: KfuncMeta): number {
  return ownedObject(env, regno) || processNode(env, regno, meta, LIST);
}

export function processTreeNode(env: VerifierEnv, regno: number, meta: KfuncMeta): number {
  const { sig } = meta;
  const reg = env.reg(regno);
  if (sig.role === 'rbtree_add') return ownedObject(env, regno) || processNode(env, regno, meta, TREE);
  if (!isNonOwningRef(reg.type) && reg.refObjId === 0) {
    const fmt = '%s can only take non-owning or refcounted bpf_rb_node pointer\n';
    return reject(env, EINVAL, fmt, sig.name);
  }
  if (inTreeCallback(env)) {
    blame(env, '%s not allowed in rbtree cb\n', sig.name);
    return -EINVAL;
  }
  return processNode(env, regno, meta, TREE);
}
