import { sizeBytes } from '../../../isa/opcodes.ts';
import { Unsupported } from '../../state/unsupported.ts';
import { ldx, storeAs, stx } from '../insn.ts';
import { type ConvertCtx, converted } from './convert.ts';
import { spareRegister } from './spare.ts';

const KERN = 'bpf_sock_addr_kern';

/** A field behind a pointer of the kernel's structure. */
interface Nested {
  readonly pointer: 'uaddr' | 'sk' | 't_ctx';
  readonly struct: string;
  readonly member: string;
  /** Bytes of the member. */
  readonly bytes: number;
  /** It is read and written as wide as the program asks, else whole. */
  readonly asAsked: boolean;
}

const USER_IP6 = 8;
const USER_IP6_END = 24;
const MSG_SRC_IP6 = 44;
const MSG_SRC_IP6_END = 60;
const SK = 64;

const nested = (
  pointer: Nested['pointer'],
  struct: string,
  member: string,
  bytes: number,
  asAsked = false,
): Nested => ({ pointer, struct, member, bytes, asAsked });

const USER_ADDRESS6 = nested('uaddr', 'sockaddr_in6', 'sin6_addr', 4, true);
const SOURCE_ADDRESS6 = nested('t_ctx', 'in6_addr', 'in6_u', 4, true);
const FIELDS: ReadonlyMap<number, Nested> = new Map([
  [0, nested('uaddr', 'sockaddr', 'sa_family', 2)],
  [4, nested('uaddr', 'sockaddr_in', 'sin_addr', 4, true)],
  [24, nested('uaddr', 'sockaddr_in6', 'sin6_port', 2)],
  [28, nested('sk', 'sock_common', 'skc_family', 2)],
  [32, nested('sk', 'sock', 'sk_type', 2)],
  [36, nested('sk', 'sock', 'sk_protocol', 2)],
  [40, nested('t_ctx', 'in_addr', 's_addr', 4, true)],
]);

/** The field at an offset, and the offset in it. */
function fieldAt(off: number): { readonly field: Nested; readonly within: number } {
  if (off >= USER_IP6 && off < USER_IP6_END) return { field: USER_ADDRESS6, within: off - USER_IP6 };
  if (off >= MSG_SRC_IP6 && off < MSG_SRC_IP6_END)
    return { field: SOURCE_ADDRESS6, within: off - MSG_SRC_IP6 };
  const field = FIELDS.get(off);
  if (field === undefined) throw new Unsupported(`conversion of bpf_sock_addr at ${off}`);
  return { field, within: 0 };
}

/** sock_addr_convert_ctx_access(), Linux 6.18: fields lie behind pointers, so a store borrows a register. */
export const convertSockAddr: ConvertCtx = (k, { insn: si, write }) => {
  const { dst, src, off } = si;
  if (off === SK) return converted(0, ldx(8, dst, src, k.off(KERN, 'sk')));
  const { field, within } = fieldAt(off);
  const pointer = k.off(KERN, field.pointer);
  const at = k.off(field.struct, field.member) + within;
  const bytes = field.asAsked ? sizeBytes(si.code) : field.bytes;
  if (!write) return converted(field.bytes, ldx(8, dst, src, pointer), ldx(bytes, dst, dst, at));
  const reg = spareRegister(dst, src);
  const saved = k.off(KERN, 'tmp_reg');
  return converted(
    field.bytes,
    stx(8, dst, reg, saved),
    ldx(8, reg, dst, pointer),
    storeAs({ ...si, dst: reg }, bytes, at),
    ldx(8, reg, dst, saved),
  );
};
