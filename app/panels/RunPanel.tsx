import { parseHex, toHex } from '../lib/hex.ts';
import { PACKETS } from '../lib/packets.ts';
import { returnName } from '../lib/words.ts';
import { programIndex, runProgram, stop } from '../state/actions.ts';
import { useResults } from '../state/results.ts';
import { useView } from '../state/view.ts';
import { HexDump } from './HexDump.tsx';

function PacketEditor() {
  const packetHex = useView((s) => s.packetHex);
  const parsed = parseHex(packetHex);
  const preset = PACKETS.find((p) => parsed.ok && toHex(p.bytes) === toHex(parsed.bytes));
  return (
    <div className="packet-editor">
      <div className="toolbar">
        <label>
          Packet{' '}
          <select
            value={preset?.id ?? 'own'}
            onChange={(e) => {
              const chosen = PACKETS.find((p) => p.id === e.target.value);
              if (chosen !== undefined) useView.setState({ packetHex: toHex(chosen.bytes) });
            }}
          >
            {preset === undefined && <option value="own">edited by hand</option>}
            {PACKETS.map((p) => (
              <option key={p.id} value={p.id}>
                {p.title}
              </option>
            ))}
          </select>
        </label>
        <span className="muted">{parsed.ok ? `${parsed.bytes.length} bytes` : ''}</span>
      </div>
      <textarea
        className="hex"
        aria-label="Packet bytes in hexadecimal"
        aria-invalid={!parsed.ok}
        spellCheck={false}
        rows={6}
        value={packetHex}
        onChange={(e) => useView.setState({ packetHex: e.target.value })}
      />
      {!parsed.ok && <p className="error-text">The packet cannot be read: {parsed.message}.</p>}
    </div>
  );
}

function RunResult({ progType }: { readonly progType: string }) {
  const run = useResults((s) => s.run);
  const repeat = useView((s) => s.repeat);
  const packet = parseHex(useView((s) => s.packetHex));
  if (run === null) return null;
  if (!run.ok) {
    return (
      <p className="error-text" role="status">
        The run was refused: {run.why}.
      </p>
    );
  }
  const name = returnName(progType, run.retval);
  return (
    <div className="run-result" role="status">
      <p>
        Return value <strong>{run.retval}</strong>
        {name !== null && <strong> {name}</strong>}{' '}
        {repeat > 1 && (
          <span className="muted">
            in {run.durationNs.toLocaleString('en')} ns, average of {repeat.toLocaleString('en')} runs
          </span>
        )}
      </p>
      {run.dataOut.length > 0 && (
        <HexDump bytes={run.dataOut} before={packet.ok ? packet.bytes : null} title="Packet after the run" />
      )}
      {run.trace.length > 0 && (
        <figure className="hex-dump">
          <figcaption>Trace output</figcaption>
          <pre>{run.trace.join('\n')}</pre>
        </figure>
      )}
    </div>
  );
}

const REPEATS = [1, 1_000, 100_000];

/** The packet to run on, the button, and what came out. */
export function RunPanel() {
  const opened = useResults((s) => s.opened);
  const verdict = useResults((s) => s.verified?.verdict);
  const running = useResults((s) => s.running);
  const engine = useView((s) => s.engine);
  const repeat = useView((s) => s.repeat);
  const packetHex = useView((s) => s.packetHex);
  const program = opened?.programs[programIndex(opened.programs, useView.getState().program)];
  const accepted = verdict === 'accept';
  return (
    <section className="panel run-panel" aria-label="Run">
      <header className="panel-head">
        <h2>Run</h2>
        <label className="muted">
          on{' '}
          <select
            value={engine}
            onChange={(e) => useView.setState({ engine: e.target.value === 'interp' ? 'interp' : 'jit' })}
          >
            <option value="jit">Wasm JIT</option>
            <option value="interp">interpreter</option>
          </select>
        </label>
        <label className="muted">
          runs{' '}
          <select
            value={repeat}
            onChange={(e) => useView.setState({ repeat: Number(e.target.value) })}
            title="More than one run gives an average time"
          >
            {REPEATS.map((n) => (
              <option key={n} value={n}>
                {n.toLocaleString('en')}
              </option>
            ))}
          </select>
        </label>
      </header>
      <div className="panel-body scrolls padded">
        {program?.takesPacket === false ? (
          <p className="muted">This program's context is all zeros.</p>
        ) : (
          <PacketEditor />
        )}
        <button
          type="button"
          className="primary"
          disabled={!accepted || running || !parseHex(packetHex).ok}
          onClick={() => void runProgram()}
        >
          {running ? 'Running …' : 'Run on this packet'}
        </button>{' '}
        {running && (
          <button type="button" onClick={stop}>
            Stop
          </button>
        )}
        {!accepted && <p className="muted">A program runs once the verifier has accepted it.</p>}
        <RunResult progType={program?.type ?? ''} />
      </div>
    </section>
  );
}
