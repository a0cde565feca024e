import { otherPath } from '../state/actions.ts';
import { useResults } from '../state/results.ts';
import { type Lens, useView } from '../state/view.ts';
import { LogLens } from './LogLens.tsx';
import { PathLens } from './PathLens.tsx';
import { ProgramLens } from './ProgramLens.tsx';

const LENSES: readonly { readonly id: Lens; readonly title: string; readonly help: string }[] = [
  { id: 'path', title: 'Path', help: 'Steps from the first instruction to the selected one' },
  { id: 'program', title: 'Program', help: 'Each instruction once, with the number of visits' },
  { id: 'log', title: 'Log', help: "The verifier's own text" },
];

/** Which path is shown, with buttons to the ones before and after it. */
function PathChooser() {
  const paths = useResults((s) => s.verified?.paths);
  const leaf = useView((s) => s.leaf);
  if (paths === undefined || paths.length < 2) return null;
  const at = paths.findIndex((p) => p.visit === leaf);
  return (
    <span className="path-chooser">
      <button type="button" aria-label="Previous path" disabled={at <= 0} onClick={() => otherPath(-1)}>
        ‹
      </button>
      path {at + 1} of {paths.length.toLocaleString('en')}
      <button
        type="button"
        aria-label="Next path"
        disabled={at >= paths.length - 1}
        onClick={() => otherPath(1)}
      >
        ›
      </button>
    </span>
  );
}

/** Centre column: the walk through three lenses. */
export function StepsPanel() {
  const lens = useView((s) => s.lens);
  return (
    <section className="panel steps-panel" aria-label="Steps">
      <header className="panel-head">
        <h2>Steps</h2>
        <div className="tabs" role="tablist" aria-label="Lens">
          {LENSES.map((l) => (
            <button
              key={l.id}
              type="button"
              role="tab"
              aria-selected={lens === l.id}
              title={l.help}
              onClick={() => useView.setState({ lens: l.id })}
            >
              {l.title}
            </button>
          ))}
        </div>
        {lens === 'path' && <PathChooser />}
      </header>
      <div className="panel-body">
        {lens === 'path' && <PathLens />}
        {lens === 'program' && <ProgramLens />}
        {lens === 'log' && <LogLens />}
      </div>
    </section>
  );
}
