import { EINVAL } from '../../uapi/errno.ts';
import { VmFault } from '../fault.ts';
import type { Callbacks } from '../helpers/callback.ts';
import type { Runtime } from '../runtime.ts';
import { callbackKfunc, type Kfunc, kfunc, rawKfunc } from './kfunc.ts';

/** bpf_obj_new_impl(local type id, meta): an object of a type of the program's BTF. */
function objNew(rt: Runtime): number {
  const { btf } = rt.current.code;
  const id = rt.arg(1);
  if (btf === null || !btf.has(id)) throw new VmFault('helper', `type ${id} of a new object is not known`);
  return rt.heap.create(btf.resolveSize(id));
}

/** A node that is in a list already is not put in: its reference is dropped (__bpf_list_add()). */
function refuseNode(rt: Runtime, node: number): number {
  const object = rt.heap.around(node);
  if (object !== null) rt.heap.drop(object);
  return -EINVAL;
}

function listPush(rt: Runtime, back: boolean): number {
  const [head, node] = [rt.arg(1), rt.arg(2)];
  if (rt.heap.isChained(node)) return refuseNode(rt, node);
  rt.heap.insert(head, back ? rt.heap.chain(head).length : 0, node);
  return 0;
}

function listPop(rt: Runtime, back: boolean): number {
  const head = rt.arg(1);
  const node = rt.heap.chain(head).at(back ? -1 : 0);
  if (node === undefined) return 0;
  rt.heap.take(head, node);
  return node;
}

const listEnd = (rt: Runtime, back: boolean): number => rt.heap.chain(rt.arg(1)).at(back ? -1 : 0) ?? 0;

/** bpf_rbtree_add_impl(root, node, less, meta, off): behind all nodes that it is not less than. */
function treeAdd(rt: Runtime): Callbacks | null {
  const [root, node, slot] = [rt.arg(1), rt.arg(2), rt.arg(3)];
  if (rt.heap.isChained(node)) {
    rt.ret(refuseNode(rt, node));
    return null;
  }
  const chain = rt.heap.chain(root);
  let [low, high] = [0, chain.length];
  let asked: number | null = null;
  const next = (): boolean => {
    if (asked !== null) {
      if ((rt.resultLo | rt.resultHi) !== 0) high = asked;
      else low = asked + 1;
    }
    if (low === high) {
      rt.heap.insert(root, low, node);
      rt.ret(0);
      return false;
    }
    asked = (low + high) >> 1;
    rt.setArg(1, node, 0);
    rt.setArg(2, chain[asked], 0);
    for (let n = 3; n <= 5; n++) rt.setArg(n, 0, 0);
    return true;
  };
  return { slot, next };
}

/** Objects, lists, trees (kernel/bpf/helpers.c, Linux 6.18). */
export const OBJECT_KFUNCS: readonly Kfunc[] = [
  kfunc('bpf_obj_new_impl', 2, objNew),
  kfunc('bpf_percpu_obj_new_impl', 2, objNew),
  rawKfunc('bpf_obj_drop_impl', 2, (rt) => rt.heap.drop(rt.arg(1))),
  rawKfunc('bpf_percpu_obj_drop_impl', 2, (rt) => rt.heap.drop(rt.arg(1))),
  kfunc('bpf_refcount_acquire_impl', 2, (rt) => rt.heap.acquire(rt.arg(1))),
  kfunc('bpf_list_push_front_impl', 4, (rt) => listPush(rt, false)),
  kfunc('bpf_list_push_back_impl', 4, (rt) => listPush(rt, true)),
  kfunc('bpf_list_pop_front', 1, (rt) => listPop(rt, false)),
  kfunc('bpf_list_pop_back', 1, (rt) => listPop(rt, true)),
  kfunc('bpf_list_front', 1, (rt) => listEnd(rt, false)),
  kfunc('bpf_list_back', 1, (rt) => listEnd(rt, true)),
  callbackKfunc('bpf_rbtree_add_impl', 5, treeAdd),
  kfunc('bpf_rbtree_first', 1, (rt) => listEnd(rt, false)),
  kfunc('bpf_rbtree_remove', 2, (rt) => (rt.heap.take(rt.arg(1), rt.arg(2)) ? rt.arg(2) : 0)),
];
