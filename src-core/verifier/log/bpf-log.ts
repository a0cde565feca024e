import type { VerifierLog } from '../state/env.ts';

/** BPF_VERIFIER_TMP_LOG_SIZE, less the final NUL: one formatted message is cut there. */
export const MAX_MESSAGE = 1023;

/**
 * The text of one verification (`struct bpf_verifier_log`) in an endless buffer: messages are appended, and
 * the end can be cut back to an earlier position. Level 0 keeps nothing.
 */
export class BpfLog implements VerifierLog {
  private parts: string[] = [];
  private length = 0;

  constructor(readonly level: number) {}

  /** Characters written so far, after all resets. */
  get endPos(): number {
    return this.length;
  }

  write(text: string): void {
    if (this.level === 0 || text === '') return;
    this.parts.push(text);
    this.length += text.length;
  }

  /** bpf_vlog_reset(): drops what was written from `pos` on; a position past the end is ignored. */
  reset(pos: number): void {
    if (this.level === 0 || pos >= this.length) return;
    while (this.length > pos) {
      const last = this.parts[this.parts.length - 1];
      this.parts.pop();
      this.length -= last.length;
      if (this.length < pos) this.write(last.slice(0, pos - this.length));
    }
  }

  toString(): string {
    const text = this.parts.join('');
    this.parts = text === '' ? [] : [text];
    return text;
  }
}
