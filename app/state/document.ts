import { create } from 'zustand';
import type { Source } from '../../src-core/worker/protocol.ts';
import { STARTER } from '../examples.ts';

/** What the person is working on. `version` counts every change, so that late answers can be told apart. */
export interface DocumentState {
  readonly source: Source;
  readonly version: number;
}

export const useDocument = create<DocumentState>(() => ({
  source: { kind: 'asm', name: 'example.s', text: STARTER.text },
  version: 1,
}));

export function setSource(source: Source): void {
  useDocument.setState((s) => ({ source, version: s.version + 1 }));
}
