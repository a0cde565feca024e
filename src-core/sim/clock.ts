import type { Clock } from '../vm/runtime.ts';

interface Scheduled {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

/**
 * Simulated time in nanoseconds since boot. It moves a little at every look, so that programs see it pass, and jumps
 * to the next thing that is scheduled when the host is told to let time pass.
 */
export class SimClock implements Clock {
  private ns: number;
  private order = 0;
  private queue: Scheduled[] = [];

  constructor(
    startNs = 1_000_000_000,
    private readonly stepNs = 1_000,
  ) {
    this.ns = startNs;
  }

  now(): { readonly lo: number; readonly hi: number } {
    const { ns } = this;
    this.ns += this.stepNs;
    return { lo: ns | 0, hi: Math.floor(ns / 2 ** 32) | 0 };
  }
  /** The time without moving it. */
  get time(): number {
    return this.ns;
  }

  /** Calls `act` when it is `at`; a function that takes it back. */
  schedule(at: number, act: () => void): () => void {
    const entry = { at, order: this.order++, act };
    this.queue.push(entry);
    return () => {
      this.queue = this.queue.filter((e) => e !== entry);
    };
  }

  /** Lets time pass until `to`: what is scheduled by then happens at its time, in order. */
  advance(to: number): void {
    for (let next = this.next(to); next !== null; next = this.next(to)) {
      this.queue = this.queue.filter((e) => e !== next);
      this.ns = Math.max(this.ns, next.at);
      next.act();
    }
    this.ns = Math.max(this.ns, to);
  }

  private next(to: number): Scheduled | null {
    let first: Scheduled | null = null;
    for (const e of this.queue) {
      const before = first === null || e.at < first.at || (e.at === first.at && e.order < first.order);
      if (e.at <= to && before) first = e;
    }
    return first;
  }
}
