import { useMemo } from 'react';
import type { InsnView } from '../../src-core/worker/protocol.ts';
import { programIndex } from '../state/actions.ts';
import { useResults } from '../state/results.ts';
import { useView } from '../state/view.ts';

/** Instructions of the chosen program by slot. */
export function useInsns(): ReadonlyMap<number, InsnView> {
  const opened = useResults((s) => s.opened);
  const program = useView((s) => s.program);
  return useMemo(() => {
    const view = opened?.programs[programIndex(opened.programs, program)];
    return new Map((view?.insns ?? []).map((i) => [i.slot, i]));
  }, [opened, program]);
}
