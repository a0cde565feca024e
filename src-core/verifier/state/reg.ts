import { NUM_WORDS } from '../domain/layout.ts';
import { PTR_MAYBE_NULL } from './reg-type.ts';

/**
 * One register (`struct bpf_reg_state`) as REG_WORDS int32 words; the first NUM_WORDS are the numeric
 * knowledge of domain/layout. A stack slot is such a record too: its words SLOT_LO and SLOT_HI hold the
 * eight bytes of `slot_type`.
 *
 *   0..15 numbers | 16 type | 17 off | 18 u1 | 19 u2 | 20 u3 | 21 id | 22 ref_obj_id | 23 frameno
 *   | 24 precise | 25 slot_type[0..3] | 26 slot_type[4..7]
 *
 * `subreg_def` is left out: it only tells JITs of other machines where to zero-extend, and no check reads it.
 */
export const REG_WORDS = 27;
export const R_TYPE = NUM_WORDS;
export const R_OFF = 17;
/**
 * The union: packet range; map (index in env.maps + 1); mem_size; BTF (index in env.btfAt()); subprogno; type of a
 * dynptr slot; class of an IRQ flag slot.
 */
export const R_U1 = 18;
/** The union's second word: map_uid; dynptr_id; btf_id; 1 in the first slot of a dynptr. */
export const R_U2 = 19;
/** The union's third word: state (low two bits) and depth of an iterator slot. */
export const R_U3 = 20;
export const R_ID = 21;
export const R_REF_OBJ_ID = 22;
export const R_FRAMENO = 23;
export const R_PRECISE = 24;
export const R_SLOT_LO = 25;
export const R_SLOT_HI = 26;

/** Places of env.btfAt() that are always there. */
export const BTF_NONE = 0;
export const BTF_VMLINUX = 1;
export const BTF_PROG = 2;

/** Bits of `id` that mark a scalar as "linked scalar plus constant `off`", added with 64 or with 32 bits. */
export const BPF_ADD_CONST64 = 1 << 31;
export const BPF_ADD_CONST32 = 1 << 30;
export const BPF_ADD_CONST = BPF_ADD_CONST64 | BPF_ADD_CONST32;
/** A register in its array: field access by name over words `o .. o + REG_WORDS` of `a`. */
export class Reg {
  constructor(
    readonly a: Int32Array,
    readonly o: number,
  ) {}
  /** A register that belongs to no frame. */
  static alone(): Reg {
    return new Reg(new Int32Array(REG_WORDS), 0);
  }
  get type(): number {
    return this.a[this.o + R_TYPE];
  }
  set type(v: number) {
    this.a[this.o + R_TYPE] = v;
  }
  get off(): number {
    return this.a[this.o + R_OFF];
  }
  set off(v: number) {
    this.a[this.o + R_OFF] = v;
  }
  get range(): number {
    return this.a[this.o + R_U1];
  }
  set range(v: number) {
    this.a[this.o + R_U1] = v;
  }
  /** Index in env.maps; meaningful for map pointers, keys and values only. */
  get map(): number {
    return this.a[this.o + R_U1] - 1;
  }
  set map(v: number) {
    this.a[this.o + R_U1] = v + 1;
  }
  get mapUid(): number {
    return this.a[this.o + R_U2];
  }
  set mapUid(v: number) {
    this.a[this.o + R_U2] = v;
  }
  get memSize(): number {
    return this.a[this.o + R_U1];
  }
  set memSize(v: number) {
    this.a[this.o + R_U1] = v;
  }
  get dynptrId(): number {
    return this.a[this.o + R_U2];
  }
  set dynptrId(v: number) {
    this.a[this.o + R_U2] = v;
  }
  /** Index in env.btfAt(): BTF_NONE, BTF_VMLINUX, BTF_PROG, or a module's. */
  get btf(): number {
    return this.a[this.o + R_U1];
  }
  set btf(v: number) {
    this.a[this.o + R_U1] = v;
  }
  get btfId(): number {
    return this.a[this.o + R_U2];
  }
  set btfId(v: number) {
    this.a[this.o + R_U2] = v;
  }
  /** `enum bpf_dynptr_type` of a STACK_DYNPTR slot or a CONST_PTR_TO_DYNPTR. */
  get dynptrType(): number {
    return this.a[this.o + R_U1];
  }
  set dynptrType(v: number) {
    this.a[this.o + R_U1] = v;
  }
  /** Of the two slots of a dynptr on the stack, the one at the higher address. */
  get firstSlot(): boolean {
    return this.a[this.o + R_U2] !== 0;
  }
  set firstSlot(v: boolean) {
    this.a[this.o + R_U2] = v ? 1 : 0;
  }
  /** `enum bpf_iter_state` of the first slot of an iterator. */
  get iterState(): number {
    return this.a[this.o + R_U3] & 3;
  }
  set iterState(v: number) {
    this.a[this.o + R_U3] = (this.a[this.o + R_U3] & ~3) | v;
  }
  /** How many steps the iterator made on this path. */
  get iterDepth(): number {
    return this.a[this.o + R_U3] >> 2;
  }
  set iterDepth(v: number) {
    this.a[this.o + R_U3] = (v << 2) | this.iterState;
  }
  /** IRQ_NATIVE_KFUNC or IRQ_LOCK_KFUNC of a STACK_IRQ_FLAG slot. */
  get irqClass(): number {
    return this.a[this.o + R_U1];
  }
  set irqClass(v: number) {
    this.a[this.o + R_U1] = v;
  }
  get subprogno(): number {
    return this.a[this.o + R_U1];
  }
  set subprogno(v: number) {
    this.a[this.o + R_U1] = v;
  }
  /** u32; bits 31 and 30 are BPF_ADD_CONST, so a linked id may read negative. */
  get id(): number {
    return this.a[this.o + R_ID];
  }
  set id(v: number) {
    this.a[this.o + R_ID] = v;
  }
  get refObjId(): number {
    return this.a[this.o + R_REF_OBJ_ID];
  }
  set refObjId(v: number) {
    this.a[this.o + R_REF_OBJ_ID] = v;
  }
  get frameno(): number {
    return this.a[this.o + R_FRAMENO];
  }
  set frameno(v: number) {
    this.a[this.o + R_FRAMENO] = v;
  }
  get precise(): boolean {
    return this.a[this.o + R_PRECISE] !== 0;
  }
  set precise(v: boolean) {
    this.a[this.o + R_PRECISE] = v ? 1 : 0;
  }
  /** slot_type[j] of a stack slot, j = 0 the lowest address. */
  slotType(j: number): number {
    return (this.a[this.o + R_SLOT_LO + (j >> 2)] >>> ((j & 3) << 3)) & 0xff;
  }
  setSlotType(j: number, v: number): void {
    const at = this.o + R_SLOT_LO + (j >> 2);
    const shift = (j & 3) << 3;
    this.a[at] = (this.a[at] & ~(0xff << shift)) | (v << shift);
  }
  /** Same value in all eight bytes of slot_type. */
  fillSlotType(v: number): void {
    this.a[this.o + R_SLOT_LO] = this.a[this.o + R_SLOT_HI] = v * 0x01010101;
  }
  /** Copies everything but slot_type (assignment of struct bpf_reg_state). */
  assign(from: Reg): void {
    const { a, o } = this;
    const b = from.a;
    const p = from.o;
    for (let i = 0; i < R_SLOT_LO; i++) a[o + i] = b[p + i];
  }
  /** Zeroes everything but slot_type. */
  clear(): void {
    this.a.fill(0, this.o, this.o + R_SLOT_LO);
  }
  mayBeNull(): boolean {
    return (this.type & PTR_MAYBE_NULL) !== 0;
  }
}
