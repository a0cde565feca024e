import type { KeyboardEvent } from 'react';
import type { StepView, VisitEnd } from '../../src-core/worker/protocol.ts';
import { useInsns } from '../lib/use-insns.ts';
import { select } from '../state/actions.ts';
import { useResults } from '../state/results.ts';
import { useView } from '../state/view.ts';
import { EmptySteps } from './EmptySteps.tsx';
import { VirtualRows } from './VirtualRows.tsx';

/** Ends carry a letter and a word, not a colour alone. */
const END_TEXT: Readonly<Record<Exclude<VisitEnd, null>, string>> = {
  exit: 'ok: path ends here',
  pruned: '= covered by an earlier state',
  rejected: 'X rejected',
};

function jumpToError(event: KeyboardEvent): void {
  const { verified } = useResults.getState();
  if (event.key === 'e' && verified?.verdict === 'reject' && verified.focus !== null)
    void select(verified.focus);
}

function Row({
  step,
  text,
  source,
}: {
  readonly step: StepView;
  readonly text: string;
  readonly source: string | null;
}) {
  return (
    <div className={`step ${step.end ?? ''}`}>
      {source !== null && <div className="c-line">{source}</div>}
      <div className="step-line">
        <span className="visit">{step.visit}</span>
        <code>
          <span className="slot">{step.slot}:</span> {text}
        </code>
        {step.visitsOfInsn > 1 && (
          <span className="chip" title={`the verifier came here ${step.visitsOfInsn} times`}>
            ×{step.visitsOfInsn}
          </span>
        )}
        {step.end !== null && <span className={`chip end-${step.end}`}>{END_TEXT[step.end]}</span>}
      </div>
    </div>
  );
}

/** The visits of one path, entry first. */
export function PathLens() {
  const path = useResults((s) => s.path);
  const visit = useView((s) => s.visit);
  const insns = useInsns();
  if (path.length === 0) return <EmptySteps />;
  const sourceAt = (i: number): string | null => {
    const here = insns.get(path[i].slot)?.source ?? null;
    const before = i === 0 ? null : (insns.get(path[i - 1].slot)?.source ?? null);
    return here === before ? null : here;
  };
  return (
    <VirtualRows
      label="Steps of the path"
      count={path.length}
      selected={path.findIndex((s) => s.visit === visit)}
      rowHeight={(i) => (sourceAt(i) === null ? 28 : 48)}
      onSelect={(i) => void select(path[i].visit)}
      onKey={jumpToError}
      row={(i) => <Row step={path[i]} text={insns.get(path[i].slot)?.text ?? ''} source={sourceAt(i)} />}
    />
  );
}
