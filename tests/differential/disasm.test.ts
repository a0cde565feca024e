import { describe, expect, it } from 'vitest';
import { disasmKernel } from '../../src-core/isa/disasm.ts';
import { BpfInsns, type RawInsn } from '../../src-core/isa/program.ts';
import { closeFd, loadProgram, oracleMissing } from '../kernel/oracle.ts';

const EXIT: readonly RawInsn[] = [
  { code: 0xb7, dst: 0, src: 0, off: 0, imm: 0 },
  { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
];

/** Operand choices: ordinary ones, reserved fields set, and registers that do not exist. */
const FIELDS: readonly Omit<RawInsn, 'code'>[] = [
  { dst: 0, src: 0, off: 0, imm: 0 },
  { dst: 1, src: 0, off: 0, imm: 16 },
  { dst: 2, src: 3, off: 1, imm: 0 },
  { dst: 10, src: 1, off: -8, imm: 0 },
  { dst: 1, src: 2, off: 8, imm: 0 },
  { dst: 1, src: 2, off: 16, imm: 64 },
  { dst: 1, src: 2, off: 32, imm: 32 },
  { dst: 4, src: 5, off: -32768, imm: -2147483648 },
  { dst: 4, src: 0, off: 32767, imm: 2147483647 },
  { dst: 9, src: 1, off: 0, imm: -1 },
  { dst: 1, src: 2, off: 0, imm: 5 },
  { dst: 1, src: 2, off: 1, imm: 65536 },
  { dst: 3, src: 4, off: -1, imm: 1 },
  ...[0x00, 0x40, 0x50, 0xa0, 0x01, 0x41, 0x51, 0xa1, 0xe1, 0xf1, 0x100, 0x110, 0x77].map((imm) => ({
    dst: 6,
    src: 7,
    off: -4,
    imm,
  })),
  { dst: 11, src: 0, off: 0, imm: 0 },
  { dst: 1, src: 15, off: 0, imm: 0 },
];

/** What the kernel's log calls the instruction at slot 0, or null when it refuses the program before printing. */
function kernelText(program: BpfInsns): string | null {
  const { fd, log } = loadProgram({ type: 1, insns: program.toBytes(), logLevel: 2, logSize: 1 << 16 });
  if (fd !== null) closeFd(fd);
  const live = /^ {6}0: [0-9.]{10} (.*)$/m.exec(log)?.[1];
  const walked = /^0: ((?:\([0-9a-f]{2}\)|BUG).*?)(?: *;.*)?$/m.exec(log)?.[1];
  return live ?? walked ?? null;
}

describe.skipIf(oracleMissing() !== null)(
  `disassembly beside the live kernel (${oracleMissing() ?? 'here'})`,
  () => {
    it('prints every opcode with ordinary, reserved and illegal operands as the kernel log does', () => {
      const wrong: string[] = [];
      let compared = 0;
      for (let code = 0; code < 256; code++) {
        for (const fields of FIELDS) {
          const wide = code === 0x18 ? [{ code: 0, dst: 0, src: 0, off: 0, imm: 0x1234 }] : [];
          const program = BpfInsns.fromRaw([{ code, ...fields }, ...wide, ...EXIT]);
          const kernel = kernelText(program);
          if (kernel === null) continue;
          compared++;
          const ours = disasmKernel(program, 0, { helperName: () => null });
          if (ours !== kernel.replace(/call bpf_\w+#/, 'call unknown#'))
            wrong.push(`${code.toString(16)}: kernel "${kernel}", ours "${ours}"`);
        }
      }
      expect(wrong).toEqual([]);
      expect(compared).toBeGreaterThan(1000);
    });
  },
);
