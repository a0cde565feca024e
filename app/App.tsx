import { useEffect, useState } from 'react';
import { useNarrow } from './lib/use-media.ts';
import { NarrowLayout } from './panels/NarrowLayout.tsx';
import { TopBar } from './panels/TopBar.tsx';
import { WideLayout } from './panels/WideLayout.tsx';
import { check, openFile, openSource, runProgram } from './state/actions.ts';
import { keepWork, lastWork } from './state/kept-work.ts';
import { useResults } from './state/results.ts';
import { openFragment } from './state/share.ts';
import { useView } from './state/view.ts';

/** Applies the chosen colours to the document. */
function useTheme(): void {
  const theme = useView((s) => s.theme);
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
}

/** Opens the link's content, what was worked on last, or the starter; follows later changes of the address. */
function useFragment(): void {
  useEffect(() => {
    const open = async (): Promise<void> => {
      if (await openFragment()) return;
      const kept = lastWork();
      if (kept === null) await check();
      else await openSource(kept);
    };
    const changed = (): void => void openFragment();
    void open();
    const end = keepWork();
    addEventListener('hashchange', changed);
    return () => {
      end();
      removeEventListener('hashchange', changed);
    };
  }, []);
}

/** Ctrl/Cmd+Enter verifies, with Shift it runs. */
function useShortcuts(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (event.shiftKey) {
        useView.setState({ workspace: 'run' });
        void runProgram();
      } else {
        void check();
      }
    };
    addEventListener('keydown', pressed, true);
    return () => removeEventListener('keydown', pressed, true);
  }, []);
}

/** True while a file is dragged over the page; dropping it anywhere opens it. */
function useFileDrop(): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const drag = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file === undefined) return;
      event.preventDefault();
      void openFile(file);
    };
    addEventListener('dragover', drag);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', drag);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, []);
  return over;
}

function Fault() {
  const fault = useResults((s) => s.fault);
  if (fault === null) return null;
  return (
    <div className="fault" role="alert">
      {fault}{' '}
      <button type="button" onClick={() => void check()}>
        Try again
      </button>
    </div>
  );
}

export function App() {
  useTheme();
  useFragment();
  useShortcuts();
  const dropping = useFileDrop();
  const narrow = useNarrow();
  const notice = useView((s) => s.notice);
  return (
    <div className="app">
      <TopBar />
      <Fault />
      <main>{narrow ? <NarrowLayout /> : <WideLayout />}</main>
      {notice !== null && (
        <div className="notice" role="status">
          {notice}
        </div>
      )}
      {dropping && <div className="drop-hint">Drop a .bpf.o or assembly file to open it</div>}
    </div>
  );
}
