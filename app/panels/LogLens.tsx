import { useMemo, useState } from 'react';
import { chooseLevel } from '../state/actions.ts';
import { useResults } from '../state/results.ts';
import { notify, useView } from '../state/view.ts';
import { VirtualRows } from './VirtualRows.tsx';

async function copy(log: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(log);
    notify('Log copied.');
  } catch {
    notify('The browser does not let the page copy; use Download.');
  }
}

function download(log: string): void {
  const url = URL.createObjectURL(new Blob([log], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'verifier.log';
  link.click();
  URL.revokeObjectURL(url);
}

/** The verifier's text, byte for byte, at the chosen level. */
export function LogLens() {
  const log = useResults((s) => s.verified?.log ?? '');
  const level = useView((s) => s.level);
  const lines = useMemo(() => log.replace(/\n$/, '').split('\n'), [log]);
  const [line, setLine] = useState(-1);
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
      </div>
      <VirtualRows
        label="Verifier log"
        count={log === '' ? 0 : lines.length}
        selected={line}
        rowHeight={() => 20}
        onSelect={setLine}
        row={(i) => <code className="log-line">{lines[i] === '' ? '\u00a0' : lines[i]}</code>}
      />
    </div>
  );
}
