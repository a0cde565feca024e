import type { InputLocation } from '../util/input-error.ts';
import type { CallName, Calls, Reply } from './protocol.ts';

/** The part of `Worker` that the client needs, so that tests can stand in for it. */
export interface Port {
  postMessage(message: unknown): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<Reply>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

/** A request that the Worker could not answer. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  constructor(
    readonly why: 'internal' | 'input' | 'stopped',
    message: string,
    readonly location: InputLocation = {},
  ) {
    super(message);
  }
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: CallFailed) => void;
  readonly onProgress: ((processed: number) => void) | null;
}

/** Typed calls to the Worker, each answered once. A Worker that dies or is stopped is replaced at the next call. */
export class WorkerClient {
  private port: Port | null = null;
  private nextId = 1;
  private readonly waiting = new Map<number, Waiting>();

  constructor(private readonly start: () => Port) {}

  call<N extends CallName>(
    name: N,
    params: Calls[N]['params'],
    onProgress: ((processed: number) => void) | null = null,
  ): Promise<Calls[N]['result']> {
    const port = this.livePort();
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: never) => void, reject, onProgress });
      port.postMessage({ id, call: name, params });
    });
  }

  /** Ends the Worker with all that it is doing: the only way to stop a computation at once. */
  stop(reason = 'stopped'): void {
    this.port?.terminate();
    this.port = null;
    this.failAll(new CallFailed('stopped', reason));
  }

  private failAll(error: CallFailed): void {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of all) reject(error);
  }

  private livePort(): Port {
    if (this.port === null) {
      this.port = this.start();
      this.port.onmessage = ({ data }) => this.receive(data);
      this.port.onerror = (event) => this.stop(`the worker died: ${event.message}`);
    }
    return this.port;
  }

  private receive(reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    if (waiting === undefined) return;
    if (reply.kind === 'progress') {
      waiting.onProgress?.(reply.processed);
      return;
    }
    this.waiting.delete(reply.id);
    if (reply.kind === 'result') waiting.resolve(reply.value as never);
    else waiting.reject(new CallFailed(reply.why, reply.message, reply.location));
  }
}
