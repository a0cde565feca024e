import { editAsAssembly, programIndex, selectSlot } from '../state/actions.ts';
import { useResults } from '../state/results.ts';
import { useView } from '../state/view.ts';
import { VirtualRows } from './VirtualRows.tsx';

/** What an object file holds: its programs and maps, and the chosen program's instructions under their C lines. */
export function ObjectSource({ name, size }: { readonly name: string; readonly size: number }) {
  const opened = useResults((s) => s.opened);
  const program = useView((s) => s.program);
  const step = useResults((s) => s.path).find((p) => p.visit === useView.getState().visit);
  const view = opened?.programs[programIndex(opened.programs, program)];
  if (opened === null || view === undefined)
    return (
      <p className="empty">
        {name}, {size.toLocaleString('en')} bytes
      </p>
    );
  const rows = view.insns.map((insn, i) => ({
    insn,
    source: insn.source !== view.insns[i - 1]?.source ? insn.source : null,
  }));
  return (
    <div className="object-source">
      <p className="object-summary">
        {size.toLocaleString('en')} bytes, {opened.programs.length} program
        {opened.programs.length === 1 ? '' : 's'}, {opened.maps.length} map
        {opened.maps.length === 1 ? '' : 's'}, licence {opened.license || 'none'}{' '}
        <button type="button" onClick={() => void editAsAssembly()}>
          Edit as assembly
        </button>
      </p>
      <VirtualRows
        label="Instructions of the object"
        count={rows.length}
        selected={rows.findIndex((r) => r.insn.slot === step?.slot)}
        rowHeight={(i) => (rows[i].source === null ? 22 : 44)}
        onSelect={(i) => void selectSlot(rows[i].insn.slot)}
        row={(i) => (
          <div className="insn-row">
            {rows[i].source !== null && <div className="c-line">{rows[i].source}</div>}
            <code>
              <span className="slot">{rows[i].insn.slot}</span> {rows[i].insn.text}
            </code>
          </div>
        )}
      />
    </div>
  );
}
