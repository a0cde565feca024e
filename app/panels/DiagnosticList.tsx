import type { InputLocation } from '../../src-core/util/input-error.ts';
import { useResults } from '../state/results.ts';

function place({ line, column, section, offset }: InputLocation): string {
  if (line !== undefined) return column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
  const parts = [section, offset === undefined ? undefined : `offset 0x${offset.toString(16)}`];
  return parts.filter((p) => p !== undefined).join(', ');
}

/** Errors and warnings of the input, each with its place. */
export function DiagnosticList() {
  const diagnostics = useResults((s) => s.opened?.diagnostics);
  if (diagnostics === undefined || diagnostics.length === 0) return null;
  return (
    <ul className="diagnostics" aria-label="Problems in the input">
      {diagnostics.map((d) => (
        <li key={`${place(d.location)} ${d.message}`} className={d.severity}>
          <strong>{d.severity === 'error' ? 'Error' : 'Warning'}</strong> {place(d.location)}: {d.message}
          {d.hint !== null && <span className="hint"> {d.hint}</span>}
        </li>
      ))}
    </ul>
  );
}
