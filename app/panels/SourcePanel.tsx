import { lazy, Suspense, useMemo } from 'react';
import type { OpenedView } from '../../src-core/worker/protocol.ts';
import { PlainEditor } from '../editor/PlainEditor.tsx';
import { useMedia, useNarrow } from '../lib/use-media.ts';
import { edit, programIndex } from '../state/actions.ts';
import { useDocument } from '../state/document.ts';
import { useResults } from '../state/results.ts';
import { useView } from '../state/view.ts';
import { DiagnosticList } from './DiagnosticList.tsx';
import { ObjectSource } from './ObjectSource.tsx';

const MonacoEditor = lazy(() => import('../editor/MonacoEditor.tsx'));
const NONE: OpenedView['diagnostics'] = [];

/** Source line of the selected step, or null. */
function useMarkedLine(): { readonly line: number | null; readonly isError: boolean } {
  const opened = useResults((s) => s.opened);
  const path = useResults((s) => s.path);
  const program = useView((s) => s.program);
  const visit = useView((s) => s.visit);
  return useMemo(() => {
    const step = path.find((s) => s.visit === visit);
    const insns = opened?.programs[programIndex(opened.programs, program)]?.insns;
    const line = insns?.find((i) => i.slot === step?.slot)?.line ?? null;
    return { line, isError: step?.end === 'rejected' };
  }, [opened, path, program, visit]);
}

function useDark(): boolean {
  const theme = useView((s) => s.theme);
  const system = useMedia('(prefers-color-scheme: dark)');
  return theme === 'system' ? system : theme === 'dark';
}

function AsmEditor({ text }: { readonly text: string }) {
  const diagnostics = useResults((s) => s.opened?.diagnostics ?? NONE);
  const { line, isError } = useMarkedLine();
  const props = {
    text,
    onChange: edit,
    diagnostics,
    dark: useDark(),
    markedLine: line,
    markIsError: isError,
  };
  const narrow = useNarrow();
  if (narrow) return <PlainEditor {...props} />;
  return (
    <Suspense fallback={<PlainEditor {...props} />}>
      <MonacoEditor {...props} />
    </Suspense>
  );
}

/** Left column: the person's own text, or the object that was opened. */
export function SourcePanel() {
  const source = useDocument((s) => s.source);
  return (
    <section className="panel source-panel" aria-label="Source">
      <header className="panel-head">
        <h2>Source</h2>
        <span className="file-name">{source.name}</span>
      </header>
      <div className="panel-body">
        {source.kind === 'asm' ? (
          <AsmEditor text={source.text} />
        ) : (
          <ObjectSource name={source.name} size={source.bytes.length} />
        )}
      </div>
      <DiagnosticList />
    </section>
  );
}
