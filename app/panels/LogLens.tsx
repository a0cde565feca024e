import { useEffect, useMemo, useState } from 'react';
import { readableText, textToBytes } from '../../src-core/util/byte-text.ts';
import { chooseLevel, logLineOf, selectLogLine } from '../state/actions.ts';
import { useResults } from '../state/results.ts';
import { notify, useView } from '../state/view.ts';
import { VirtualRows } from './VirtualRows.tsx';

async function copy(log: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(readableText(log));
    notify('Log copied.');
  } catch {
    notify('The browser does not let the page copy; use Download.');
  }
}

function download(log: string): void {
  const url = URL.createObjectURL(new Blob([textToBytes(log)], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'verifier.log';
  link.click();
  URL.revokeObjectURL(url);
}

/** Lines of a log with the character at which each starts; `start` characters before them are cut. */
function linesOf(log: string, start: number): { readonly text: string; readonly at: number }[] {
  if (log === '') return [];
  let at = start;
  return log
    .replace(/\n$/, '')
    .split('\n')
    .map((text) => {
      const line = { text, at };
      at += text.length + 1;
      return line;
    });
}

/** The line of the selected step; follows the selection, and a chosen line moves the selection. */
function useLine(lines: readonly { readonly at: number }[]): readonly [number, (line: number) => void] {
  const visit = useView((s) => s.visit);
  const [line, setLine] = useState(-1);
  useEffect(() => {
    let gone = false;
    void logLineOf(visit, lines).then((found) => {
      // Several lines belong to one step: a line of it that is chosen already stays.
      if (!gone && found !== null)
        setLine((now) => (now >= found.first && now < found.end ? now : found.first));
    });
    return () => {
      gone = true;
    };
  }, [visit, lines]);
  const choose = (chosen: number): void => {
    setLine(chosen);
    void selectLogLine(lines[chosen].at);
  };
  return [line, choose];
}

/** The verifier's text, byte for byte, at the chosen level; every line leads to its step. */
export function LogLens() {
  const log = useResults((s) => s.verified?.log ?? '');
  const start = useResults((s) => s.verified?.logStart ?? 0);
  const level = useView((s) => s.level);
  const lines = useMemo(() => linesOf(log, start), [log, start]);
  const [line, choose] = useLine(lines);
  return (
    <div className="log-lens">
      <div className="toolbar">
        <label>
          Level{' '}
          <select value={level} onChange={(e) => void chooseLevel(e.target.value === '1' ? 1 : 2)}>
            <option value="1">1: the failing path</option>
            <option value="2">2: everything</option>
          </select>
        </label>
        <button type="button" onClick={() => void copy(log)} disabled={log === ''}>
          Copy
        </button>
        <button type="button" onClick={() => download(log)} disabled={log === ''}>
          Download
        </button>
        {start > 0 && (
          <span className="muted">The first {start.toLocaleString('en')} characters are cut.</span>
        )}
        {log === '' && <span className="muted">The kernel writes no log here.</span>}
      </div>
      <VirtualRows
        label="Verifier log"
        count={lines.length}
        selected={line}
        rowHeight={() => 20}
        onSelect={choose}
        row={(i) => (
          <code className="log-line">
            {lines[i].text === '' ? (
              <span className="visually-hidden">empty line</span>
            ) : (
              readableText(lines[i].text)
            )}
          </code>
        )}
      />
    </div>
  );
}
