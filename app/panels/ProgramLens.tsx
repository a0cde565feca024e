import { programIndex, selectSlot } from '../state/actions.ts';
import { useResults } from '../state/results.ts';
import { useView } from '../state/view.ts';
import { EmptySteps } from './EmptySteps.tsx';
import { VirtualRows } from './VirtualRows.tsx';

/** Each instruction once, with how often the verifier came to it. */
export function ProgramLens() {
  const opened = useResults((s) => s.opened);
  const counts = useResults((s) => s.verified?.visitCounts);
  const path = useResults((s) => s.path);
  const program = useView((s) => s.program);
  const visit = useView((s) => s.visit);
  const view = opened?.programs[programIndex(opened.programs, program)];
  if (view === undefined) return <EmptySteps />;
  const slot = path.find((s) => s.visit === visit)?.slot;
  return (
    <VirtualRows
      label="Instructions of the program"
      count={view.insns.length}
      selected={view.insns.findIndex((i) => i.slot === slot)}
      rowHeight={(i) => (view.insns[i].label === null ? 28 : 50)}
      onSelect={(i) => void selectSlot(view.insns[i].slot)}
      row={(i) => {
        const insn = view.insns[i];
        const visits = counts?.[insn.slot] ?? 0;
        return (
          <div className={`step ${visits === 0 ? 'unvisited' : ''}`}>
            {insn.label !== null && <div className="label-line">{insn.label}:</div>}
            <div className="step-line">
              <span className="visit">{visits === 0 ? '–' : `×${visits}`}</span>
              <code>
                <span className="slot">{insn.slot}:</span> {insn.text}
              </code>
              {visits === 0 && <span className="chip">not reached</span>}
            </div>
          </div>
        );
      }}
    />
  );
}
