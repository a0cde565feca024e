import { useRef } from 'react';
import { EXAMPLES } from '../examples.ts';
import { check, chooseProgram, openFile, openSource, programIndex, stop } from '../state/actions.ts';
import { sourceOf, useKeptWork } from '../state/kept-work.ts';
import { useResults } from '../state/results.ts';
import { share } from '../state/share.ts';
import { setTheme, type Theme, useView } from '../state/view.ts';

const VERDICT_TEXT = {
  accept: 'ACCEPTED',
  reject: 'REJECTED',
  unsupported: 'NOT MODELLED',
  error: 'NOT LOADED',
} as const;

function VerdictBadge() {
  const verified = useResults((s) => s.verified);
  const phase = useResults((s) => s.phase);
  const progress = useResults((s) => s.progress);
  if (phase !== 'idle') {
    return (
      <span className="verdict busy">
        verifying{progress === null ? '' : ` … ${progress.toLocaleString('en')} instructions`}
        <button type="button" onClick={stop}>
          Stop
        </button>
      </span>
    );
  }
  if (verified === null) return null;
  return (
    <output className={`verdict ${verified.verdict}`} aria-live="assertive">
      {VERDICT_TEXT[verified.verdict]}
      {verified.errnoName === null ? '' : ` -${verified.errnoName}`}
    </output>
  );
}

function ProgramChooser() {
  const opened = useResults((s) => s.opened);
  const program = useView((s) => s.program);
  if (opened === null || opened.programs.length === 0) return null;
  const chosen = opened.programs[programIndex(opened.programs, program)];
  return (
    <label className="chooser">
      <span className="label-text">Program </span>
      <select value={chosen.name} onChange={(e) => void chooseProgram(e.target.value)}>
        {opened.programs.map((p) => (
          <option key={p.name} value={p.name}>
            {p.name} ({p.type})
          </option>
        ))}
      </select>
    </label>
  );
}

function ExampleChooser() {
  const works = useKeptWork((s) => s.works);
  return (
    <label className="chooser">
      <span className="label-text">Examples </span>
      <select
        value=""
        aria-label="Open an example"
        onChange={(e) => {
          const work = works.find((w) => w.id === e.target.value);
          if (work !== undefined) void openSource(sourceOf(work));
          const example = EXAMPLES.find((x) => x.id === e.target.value);
          if (example !== undefined)
            void openSource({ kind: 'asm', name: `${example.id}.s`, text: example.text });
        }}
      >
        <option value="" disabled>
          Examples
        </option>
        {works.length > 0 && (
          <optgroup label="Recent work, kept in this browser">
            {works.map((w) => (
              <option key={w.id} value={w.id}>
                {w.name}
              </option>
            ))}
          </optgroup>
        )}
        <optgroup label="Examples">
          {EXAMPLES.map((x) => (
            <option key={x.id} value={x.id}>
              {x.title} ({x.verdict})
            </option>
          ))}
        </optgroup>
      </select>
    </label>
  );
}

function OpenButton() {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        onClick={() => input.current?.click()}
        title="A compiled .bpf.o or assembly text; or drop it on the page"
      >
        Open…
      </button>
      <input
        ref={input}
        type="file"
        hidden
        data-testid="file-input"
        onChange={(e) => {
          const file = e.target.files?.[0];
          if (file !== undefined) void openFile(file);
          e.target.value = '';
        }}
      />
    </>
  );
}

function ThemeChooser() {
  const theme = useView((s) => s.theme);
  return (
    <select
      className="theme"
      aria-label="Colours"
      value={theme}
      onChange={(e) => setTheme(e.target.value as Theme)}
    >
      <option value="system">Auto</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select>
  );
}

/** Name, inputs, verdict, workspaces, Share. */
export function TopBar() {
  const workspace = useView((s) => s.workspace);
  const busy = useResults((s) => s.phase !== 'idle');
  return (
    <header className="top-bar">
      <h1>xlated</h1>
      <span className="kernel">Linux 6.18</span>
      <OpenButton />
      <ExampleChooser />
      <ProgramChooser />
      <div className="tabs workspaces" role="tablist" aria-label="Workspace">
        {(['verify', 'run'] as const).map((w) => (
          <button
            key={w}
            type="button"
            role="tab"
            aria-selected={workspace === w}
            onClick={() => useView.setState({ workspace: w })}
          >
            {w === 'verify' ? 'Verify' : 'Run'}
          </button>
        ))}
      </div>
      <VerdictBadge />
      <span className="spacer" />
      <button
        type="button"
        className="verify-now"
        onClick={() => void check()}
        disabled={busy}
        title="Ctrl+Enter"
      >
        Verify
      </button>
      <button type="button" className="primary" onClick={() => void share()}>
        Share
      </button>
      <ThemeChooser />
    </header>
  );
}
