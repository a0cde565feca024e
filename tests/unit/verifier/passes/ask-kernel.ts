import { closeFd, loadBtf, loadProgram, normalizeLog } from '../../../kernel/oracle.ts';
import { type PassCase, testBtf } from './cases.ts';

export interface KernelAnswer {
  readonly errno: number;
  /** Level 2, addresses normalised, without the closing line of statistics. */
  readonly log: string;
}

export function askKernel(c: PassCase): KernelAnswer {
  const btf = loadBtf(testBtf().bytes);
  if (btf.fd === null) throw new Error(`BTF refused: errno ${btf.errno}`);
  const hasInfo = c.funcInfo.length > 0 || c.lineInfo.length > 0;
  const { fd, errno, log } = loadProgram({
    type: c.type,
    insns: c.insns.toBytes(),
    flags: c.flags,
    license: c.license,
    logLevel: 2,
    logSize: 1 << 20,
    ...(hasInfo ? { btfFd: btf.fd, funcInfo: c.funcInfo, lineInfo: c.lineInfo } : {}),
  });
  if (fd !== null) closeFd(fd);
  closeFd(btf.fd);
  return { errno, log: normalizeLog(log).replace(/processed \d+ insns .*\n$/, '') };
}
