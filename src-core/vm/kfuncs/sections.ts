import type { Runtime } from '../runtime.ts';
import { type Kfunc, kfunc, rawKfunc } from './kfunc.ts';

const nothing = (): void => {};

/** bpf_local_irq_save(flags): interrupts were on. */
function irqSave(rt: Runtime): void {
  rt.memory.bytes.fill(0, rt.arg(1), rt.arg(1) + 8);
}

/**
 * Sections that protect a program from others: one program runs at a time here, so they have nothing to do
 * (kernel/bpf/helpers.c, rqspinlock.c; Linux 6.18).
 */
export const SECTION_KFUNCS: readonly Kfunc[] = [
  rawKfunc('bpf_rcu_read_lock', 0, nothing),
  rawKfunc('bpf_rcu_read_unlock', 0, nothing),
  rawKfunc('bpf_preempt_disable', 0, nothing),
  rawKfunc('bpf_preempt_enable', 0, nothing),
  rawKfunc('bpf_local_irq_save', 1, irqSave),
  rawKfunc('bpf_local_irq_restore', 1, nothing),
  kfunc('bpf_res_spin_lock', 1, () => 0),
  rawKfunc('bpf_res_spin_unlock', 1, nothing),
  kfunc('bpf_res_spin_lock_irqsave', 2, (rt) => {
    rt.memory.bytes.fill(0, rt.arg(2), rt.arg(2) + 8);
    return 0;
  }),
  rawKfunc('bpf_res_spin_unlock_irqrestore', 2, nothing),
  // Casts only change what the verifier knows.
  kfunc('bpf_cast_to_kern_ctx', 1, (rt) => rt.arg(1)),
  kfunc('bpf_rdonly_cast', 2, (rt) => rt.arg(1)),
];
