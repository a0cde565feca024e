import { MAX_BPF_REG } from '../../isa/opcodes.ts';
import { VAL_LO } from '../domain/layout.ts';
import { markRegUnknown, rangeWithin } from '../domain/reg.ts';
import { tnumIn } from '../domain/tnum.ts';
import type { IdMap, VerifierEnv } from '../state/env.ts';
import { Frame } from '../state/frame.ts';
import {
  BPF_ADD_CONST,
  R_FRAMENO,
  R_ID,
  R_OFF,
  R_PRECISE,
  R_REF_OBJ_ID,
  R_SLOT_HI,
  R_SLOT_LO,
  R_TYPE,
  R_U1,
  R_U2,
  R_U3,
  REG_WORDS,
} from '../state/reg.ts';
import {
  baseType,
  NOT_INIT,
  PTR_TO_ARENA,
  PTR_TO_BUF,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_PACKET,
  PTR_TO_PACKET_META,
  PTR_TO_STACK,
  PTR_TO_TP_BUFFER,
  SCALAR_VALUE,
  STACK_DYNPTR,
  STACK_INVALID,
  STACK_IRQ_FLAG,
  STACK_ITER,
  STACK_MISC,
  STACK_SPILL,
  STACK_ZERO,
} from '../state/reg-type.ts';
import { REF_TYPE_LOCK_MASK, type VerifierState } from '../state/state.ts';
import { frameInsnIdx } from './callchain.ts';

/** How alike two states must be (`enum exact_level`). */
export const NOT_EXACT = 0;
export const EXACT = 1;
export const RANGE_WITHIN = 2;

/** Starts a new pairing (reset_idmap_scratch()). */
export function resetIdMap(env: VerifierEnv): void {
  env.idmap.tmpIdGen = env.idGen;
  env.idmap.count = 0;
}

/** Pairs an old id with a current one; false when either already has another partner (check_ids()). */
function checkIds(old: number, cur: number, map: IdMap): boolean {
  if (old === 0 || cur === 0) return old === cur;
  for (let i = 0; i < map.count; i++) {
    if (map.old[i] === old) return map.cur[i] === cur;
    if (map.cur[i] === cur) return false;
  }
  map.old[map.count] = old;
  map.cur[map.count++] = cur;
  return true;
}

/** As checkIds, but a missing id counts as a fresh one (check_scalar_ids()). */
function checkScalarIds(old: number, cur: number, map: IdMap): boolean {
  const o = old !== 0 ? old : ++map.tmpIdGen;
  const c = cur !== 0 ? cur : ++map.tmpIdGen;
  return checkIds(o, c, map);
}

const sameWords = (a: Int32Array, o: number, b: Int32Array, p: number, from: number, to: number): boolean => {
  for (let i = from; i < to; i++) if (a[o + i] !== b[p + i]) return false;
  return true;
};

const sameHead = (a: Int32Array, o: number, b: Int32Array, p: number): boolean =>
  sameWords(a, o, b, p, R_TYPE, R_U3 + 1);

export function regsExact(a: Int32Array, o: number, b: Int32Array, p: number, map: IdMap): boolean {
  return (
    sameWords(a, o, b, p, 0, R_U3 + 1) &&
    checkIds(a[o + R_ID], b[p + R_ID], map) &&
    checkIds(a[o + R_REF_OBJ_ID], b[p + R_REF_OBJ_ID], map)
  );
}

function scalarSafe(a: Int32Array, o: number, b: Int32Array, p: number, map: IdMap, exact: number): boolean {
  if (a[o + R_PRECISE] === 0 && exact === NOT_EXACT) return true;
  if (!rangeWithin(a, o, b, p) || !tnumIn(a, o + VAL_LO, b, p + VAL_LO)) return false;
  return scalarLinksSafe(a, o, b, p, map);
}

/** What the old scalar is tied to, the current one is tied to likewise; an old one that is alone takes any. */
function scalarLinksSafe(a: Int32Array, o: number, b: Int32Array, p: number, map: IdMap): boolean {
  const old = a[o + R_ID];
  if (old === 0) return true;
  const linked = old & BPF_ADD_CONST;
  if (linked !== (b[p + R_ID] & BPF_ADD_CONST)) return false;
  if (linked !== 0 && a[o + R_OFF] !== b[p + R_OFF]) return false;
  if (!checkScalarIds(old, b[p + R_ID], map)) return false;
  // The registers that both are a constant away from must correspond as well.
  return linked === 0 || checkScalarIds(old & ~BPF_ADD_CONST, b[p + R_ID] & ~BPF_ADD_CONST, map);
}

function packetSafe(a: Int32Array, o: number, b: Int32Array, p: number, map: IdMap): boolean {
  const oldRange = a[o + R_U1];
  const curRange = b[p + R_U1];
  // Negative ranges are the marks AT_PKT_END and BEYOND_PKT_END.
  if (oldRange < 0 || curRange < 0 ? oldRange !== curRange : oldRange > curRange) return false;
  if (a[o + R_OFF] !== b[p + R_OFF]) return false;
  if (!checkIds(a[o + R_ID], b[p + R_ID], map)) return false;
  return rangeWithin(a, o, b, p) && tnumIn(a, o + VAL_LO, b, p + VAL_LO);
}

/** What was safe with the old register is safe with the current one (regsafe(), Linux 6.18). */
function regSafe(a: Int32Array, o: number, b: Int32Array, p: number, map: IdMap, exact: number): boolean {
  if (exact === EXACT) return regsExact(a, o, b, p, map);
  const type = a[o + R_TYPE];
  if (type === NOT_INIT && (exact === NOT_EXACT || b[p + R_TYPE] === NOT_INIT)) return true;
  if (type !== b[p + R_TYPE]) return false;
  switch (baseType(type)) {
    case SCALAR_VALUE:
      return scalarSafe(a, o, b, p, map, exact);
    case PTR_TO_MAP_KEY:
    case PTR_TO_MAP_VALUE:
    case PTR_TO_MEM:
    case PTR_TO_BUF:
    case PTR_TO_TP_BUFFER:
      return (
        sameHead(a, o, b, p) &&
        rangeWithin(a, o, b, p) &&
        tnumIn(a, o + VAL_LO, b, p + VAL_LO) &&
        checkIds(a[o + R_ID], b[p + R_ID], map) &&
        checkIds(a[o + R_REF_OBJ_ID], b[p + R_REF_OBJ_ID], map)
      );
    case PTR_TO_PACKET_META:
    case PTR_TO_PACKET:
      return packetSafe(a, o, b, p, map);
    case PTR_TO_STACK:
      return regsExact(a, o, b, p, map) && a[o + R_FRAMENO] === b[p + R_FRAMENO];
    case PTR_TO_ARENA:
      return true;
    default:
      return regsExact(a, o, b, p, map);
  }
}

const UNBOUND = new Int32Array(REG_WORDS);
UNBOUND[R_TYPE] = SCALAR_VALUE;
markRegUnknown(UNBOUND, 0);

const slotByte = (a: Int32Array, o: number, j: number): number =>
  (a[o + R_SLOT_LO + (j >> 2)] >>> ((j & 3) << 3)) & 0xff;

function allMisc(a: Int32Array, o: number): boolean {
  for (let j = 0; j < 8; j++) {
    const t = slotByte(a, o, j);
    if (t !== STACK_MISC && t !== STACK_INVALID) return false;
  }
  return true;
}

/** What an 8-byte load of the slot gives, if that is a scalar: offset of a register in the array, or -2 for unknown. */
const UNKNOWN_SCALAR = -2;
const NO_SCALAR = -1;
function scalarForStack(a: Int32Array, o: number): number {
  if (slotByte(a, o, 0) === STACK_SPILL && a[o + R_TYPE] === SCALAR_VALUE) return o;
  return allMisc(a, o) ? UNKNOWN_SCALAR : NO_SCALAR;
}

/** Both slots hold the same kind of thing: is it as good? */
function objectSafe(
  a: Int32Array,
  o: number,
  b: Int32Array,
  p: number,
  map: IdMap,
  exact: number,
  kind: number,
): boolean {
  switch (kind) {
    case STACK_SPILL:
      return regSafe(a, o, b, p, map, exact);
    case STACK_DYNPTR:
      return sameWords(a, o, b, p, R_U1, R_U2 + 1) && checkIds(a[o + R_REF_OBJ_ID], b[p + R_REF_OBJ_ID], map);
    case STACK_ITER:
      // Depth, the upper bits of the third word, only keeps loops from looking endless.
      return (
        a[o + R_TYPE] === b[p + R_TYPE] &&
        sameWords(a, o, b, p, R_U1, R_U2 + 1) &&
        (a[o + R_U3] & 3) === (b[p + R_U3] & 3) &&
        checkIds(a[o + R_REF_OBJ_ID], b[p + R_REF_OBJ_ID], map)
      );
    case STACK_IRQ_FLAG:
      return checkIds(a[o + R_REF_OBJ_ID], b[p + R_REF_OBJ_ID], map) && a[o + R_U1] === b[p + R_U1];
    default:
      return kind === STACK_ZERO;
  }
}

/** One 8-byte slot of stacksafe(). `b` is null when the current stack does not reach it. */
function slotSafe(
  a: Int32Array,
  o: number,
  b: Int32Array | null,
  p: number,
  map: IdMap,
  exact: number,
): boolean {
  for (let j = 0; j < 8; j++) {
    const old = slotByte(a, o, j);
    if (exact !== NOT_EXACT && (b === null || slotByte(b, p, j) !== old)) return false;
    if (old === STACK_INVALID || old === STACK_MISC) continue;
    if (b === null) return false;
    const oldScalar = scalarForStack(a, o);
    const curScalar = scalarForStack(b, p);
    if (oldScalar !== NO_SCALAR && curScalar !== NO_SCALAR) {
      const oldReg = oldScalar === UNKNOWN_SCALAR ? UNBOUND : a;
      const curReg = curScalar === UNKNOWN_SCALAR ? UNBOUND : b;
      return regSafe(oldReg, Math.max(oldScalar, 0), curReg, Math.max(curScalar, 0), map, exact);
    }
    const cur = slotByte(b, p, j);
    if (old !== cur) return false;
    if (j !== 7) continue;
    return objectSafe(a, o, b, p, map, exact, old);
  }
  return true;
}

/** stacksafe(), Linux 6.18, for a kernel that lets programs read uninitialised stack (privileged). */
function stackSafe(old: Frame, cur: Frame, map: IdMap, exact: number): boolean {
  const a = old.words;
  const b = cur.words;
  for (let spi = 0; spi < old.slots; spi++) {
    const o = Frame.slotOffset(spi);
    const inCur = spi < cur.slots;
    if (inCur && exact === NOT_EXACT && a[o + R_SLOT_LO] === 0 && a[o + R_SLOT_HI] === 0) continue;
    if (!slotSafe(a, o, inCur ? b : null, o, map, exact)) return false;
  }
  return true;
}

/** refsafe(), Linux 6.18: the same things are held, in the same order. */
function refSafe(old: VerifierState, cur: VerifierState, map: IdMap): boolean {
  if (old.refs.length !== cur.refs.length) return false;
  if (old.activeLocks !== cur.activeLocks) return false;
  if (old.activePreemptLocks !== cur.activePreemptLocks) return false;
  if (old.activeRcuLocks !== cur.activeRcuLocks) return false;
  if (!checkIds(old.activeIrqId, cur.activeIrqId, map)) return false;
  if (!checkIds(old.activeLockId, cur.activeLockId, map)) return false;
  if (old.activeLockOwner !== cur.activeLockOwner) return false;
  for (let i = 0; i < old.refs.length; i++) {
    const a = old.refs[i];
    const b = cur.refs[i];
    if (!checkIds(a.id, b.id, map) || a.type !== b.type) return false;
    if ((a.type & REF_TYPE_LOCK_MASK) !== 0 && a.owner !== b.owner) return false;
  }
  return true;
}

function frameSafe(env: VerifierEnv, old: Frame, cur: Frame, insnIdx: number, exact: number): boolean {
  if (old.callbackDepth > cur.callbackDepth) return false;
  const live = env.aux.liveRegsBefore[insnIdx];
  const a = old.words;
  const b = cur.words;
  for (let i = 0, o = 0; i < MAX_BPF_REG; i++, o += REG_WORDS) {
    if ((live >>> i) & 1 && !regSafe(a, o, b, o, env.idmap, exact)) return false;
  }
  return stackSafe(old, cur, env.idmap, exact);
}

/**
 * The saved state `old` covers `cur`: every path that was found safe from `old` is safe from `cur`
 * (states_equal(), Linux 6.18).
 */
export function statesEqual(
  env: VerifierEnv,
  old: VerifierState,
  cur: VerifierState,
  exact: number,
): boolean {
  if (old.curframe !== cur.curframe) return false;
  resetIdMap(env);
  if (old.speculative && !cur.speculative) return false;
  if (old.inSleepable !== cur.inSleepable) return false;
  if (!refSafe(old, cur, env.idmap)) return false;
  for (let i = 0; i <= old.curframe; i++) {
    if (old.frames[i].callsite !== cur.frames[i].callsite) return false;
    if (!frameSafe(env, old.frames[i], cur.frames[i], frameInsnIdx(old, i), exact)) return false;
  }
  return true;
}

/** A quick test before statesEqual: registers of the top frames are the same to the bit (states_maybe_looping()). */
export function statesMaybeLooping(old: VerifierState, cur: VerifierState): boolean {
  const fr = cur.curframe;
  if (old.curframe !== fr) return false;
  const a = old.frames[fr].words;
  const b = cur.frames[fr].words;
  for (let i = 0, o = 0; i < MAX_BPF_REG; i++, o += REG_WORDS) {
    if (!sameWords(a, o, b, o, 0, R_FRAMENO)) return false;
  }
  return true;
}
