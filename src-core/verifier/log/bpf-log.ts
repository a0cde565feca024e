import type { VerifierLog } from '../state/env.ts';

/** BPF_VERIFIER_TMP_LOG_SIZE, less the final NUL: one formatted message is cut there. */
export const MAX_MESSAGE = 1023;

const NEWLINE = 10;

/** Messages are joined to one flat block when there are so many, as a message is a tree of small strings. */
const MESSAGES_A_BLOCK = 512;

/**
 * A piece that a reset cut from a block is joined again with what follows only while it is this short: else
 * every reset would copy a block that grows with each of them.
 */
const FULL_BLOCK = 16 << 10;

/** Forgotten blocks that are dropped together. */
const DROP_AT_ONCE = 4096;

/** Characters of the end that level 0 keeps: one message. */
const TAIL = 2 * MAX_MESSAGE;

/** Characters kept unless told otherwise: half of what a JavaScript string can hold. */
const DEFAULT_CAPACITY = 1 << 28;

/**
 * The text of one verification (`struct bpf_verifier_log`): messages are appended, and the end can be cut
 * back to an earlier position. Level 0 keeps nothing. Past its capacity the log forgets its beginning, as
 * the kernel's rotating buffer does, in whole blocks.
 */
export class BpfLog implements VerifierLog {
  /** Flat pieces, oldest first, then the newest messages one by one. */
  private blocks: string[] = [];
  /** Places at the front of `blocks` that are forgotten already. */
  private head = 0;
  private recent: string[] = [];
  private length = 0;
  /** At level 0, the end of what would have been written. */
  private tail = '';
  private start = 0;

  constructor(
    readonly level: number,
    private readonly capacity = DEFAULT_CAPACITY,
  ) {}

  /** Characters written so far, after all resets. */
  get endPos(): number {
    return this.length;
  }

  /** Position of the first character that is still there: not 0 when the log outgrew its capacity. */
  get startPos(): number {
    return this.start;
  }

  write(text: string): void {
    if (text === '') return;
    if (this.level === 0) {
      this.tail = (this.tail + text).slice(-TAIL);
      return;
    }
    this.recent.push(text);
    this.length += text.length;
    if (this.recent.length >= MESSAGES_A_BLOCK) this.makeBlock();
  }

  /** bpf_vlog_reset(): drops what was written from `pos` on; a position past the end is ignored. */
  reset(pos: number): void {
    if (this.level === 0 || pos >= this.length) return;
    while (this.length > pos) {
      const last = this.recent.pop() ?? this.blocks.pop();
      if (last === undefined) break;
      this.length -= last.length;
      if (this.length < pos) this.write(last.slice(0, pos - this.length));
    }
    this.length = pos;
    this.start = Math.min(this.start, pos);
    this.head = Math.min(this.head, this.blocks.length);
  }

  /** The last line that is not empty, without its newline; null when nothing was said. Level 0 knows it too. */
  lastLine(): string | null {
    const text = this.level === 0 ? this.tail : this.toString();
    let end = text.length;
    while (end > 0 && text.charCodeAt(end - 1) === NEWLINE) end--;
    return end === 0 ? null : text.slice(text.lastIndexOf('\n', end - 1) + 1, end);
  }

  toString(): string {
    this.makeBlock();
    if (this.blocks.length > 1) this.blocks = [this.blocks.join('')];
    this.head = 0;
    return this.blocks.length === 0 ? '' : this.blocks[0];
  }

  private makeBlock(): void {
    if (this.recent.length === 0) return;
    if (this.recent[0].length >= FULL_BLOCK) this.blocks.push(this.recent[0], this.recent.slice(1).join(''));
    else this.blocks.push(this.recent.join(''));
    this.recent = [];
    while (this.length - this.start > this.capacity && this.head < this.blocks.length - 1) {
      this.start += this.blocks[this.head].length;
      // Taking from the front of a long array moves all of it, so places are emptied and dropped in bulk.
      this.blocks[this.head++] = '';
      if (this.head >= DROP_AT_ONCE) {
        this.blocks.splice(0, this.head);
        this.head = 0;
      }
    }
  }
}
