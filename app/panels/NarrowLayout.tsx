import { selectEdge, stepBy } from '../state/actions.ts';
import { useResults } from '../state/results.ts';
import { type MobileTab, useView } from '../state/view.ts';
import { MapsPanel } from './MapsPanel.tsx';
import { RunPanel } from './RunPanel.tsx';
import { SourcePanel } from './SourcePanel.tsx';
import { StatePanel } from './StatePanel.tsx';
import { StepsPanel } from './StepsPanel.tsx';
import { WhyCard } from './WhyCard.tsx';

const TABS: readonly { readonly id: MobileTab; readonly title: string }[] = [
  { id: 'source', title: 'Source' },
  { id: 'why', title: 'Why' },
  { id: 'steps', title: 'Steps' },
  { id: 'state', title: 'State' },
  { id: 'run', title: 'Run' },
];

function Stepper() {
  const path = useResults((s) => s.path);
  const visit = useView((s) => s.visit);
  const at = path.findIndex((s) => s.visit === visit);
  if (path.length === 0) return null;
  return (
    <div className="stepper">
      <button type="button" aria-label="Step back" disabled={at <= 0} onClick={() => stepBy(-1)}>
        ‹
      </button>
      <span aria-live="polite">
        {at + 1}/{path.length}
      </span>
      <button
        type="button"
        aria-label="Step forward"
        disabled={at >= path.length - 1}
        onClick={() => stepBy(1)}
      >
        ›
      </button>
      <button type="button" onClick={() => selectEdge('last')}>
        to the end
      </button>
    </div>
  );
}

function WhyTab() {
  const phase = useResults((s) => s.phase);
  const verified = useResults((s) => s.verified);
  const problems = useResults((s) => s.opened?.diagnostics.length ?? 0);
  if (verified !== null) return <WhyCard />;
  if (phase !== 'idle') return <p className="empty">Verifying …</p>;
  return (
    <p className="empty">
      {problems > 0 ? 'The input has problems: they are listed under Source.' : 'Nothing is verified yet.'}
    </p>
  );
}

/** One panel at a time, with a bar of tabs at the bottom. */
export function NarrowLayout() {
  const tab = useView((s) => s.mobileTab);
  return (
    <div className="narrow">
      <div className="narrow-body">
        {tab === 'source' && <SourcePanel />}
        {tab === 'why' && <WhyTab />}
        {tab === 'steps' && <StepsPanel />}
        {tab === 'state' && <StatePanel />}
        {tab === 'run' && (
          <div className="narrow-run">
            <RunPanel />
            <MapsPanel />
          </div>
        )}
      </div>
      {tab !== 'source' && tab !== 'run' && <Stepper />}
      <nav className="bottom-bar" aria-label="Panels">
        {TABS.map((t) => (
          <button
            key={t.id}
            type="button"
            aria-current={tab === t.id ? 'page' : undefined}
            onClick={() => useView.setState({ mobileTab: t.id })}
          >
            {t.title}
          </button>
        ))}
      </nav>
    </div>
  );
}
