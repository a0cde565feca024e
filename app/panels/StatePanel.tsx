import type { FrameInWords, FrameView, RegView, SlotView } from '../../src-core/worker/protocol.ts';
import { useInsns } from '../lib/use-insns.ts';
import { useResults } from '../state/results.ts';

const REGISTERS = Array.from({ length: 11 }, (_, i) => i);

const textOf = (reg: RegView | null | undefined): string => reg?.text ?? '';

function RegisterRow({
  n,
  reg,
  words,
  before,
}: {
  readonly n: number;
  readonly reg: RegView | null;
  readonly words: string | null;
  readonly before: RegView | null | undefined;
}) {
  const changed = before !== undefined && textOf(reg) !== textOf(before);
  return (
    <tr className={changed ? 'changed' : ''}>
      <th scope="row">
        r{n}
        {changed && <span title="changed by the step before">~</span>}
      </th>
      <td>
        {reg === null ? (
          <span className="unset">not set</span>
        ) : (
          <>
            {words}{' '}
            {reg.precise && (
              <span className="chip" title="its exact value matters to a later check">
                precise
              </span>
            )}
          </>
        )}
      </td>
      <td>
        <code>{textOf(reg)}</code>
        {changed && before !== null && <div className="was">was {textOf(before)}</div>}
      </td>
    </tr>
  );
}

function StackTable({ stack }: { readonly stack: readonly SlotView[] }) {
  if (stack.length === 0) return <p className="empty">Nothing was written to the stack yet.</p>;
  return (
    <table className="stack">
      <caption>Stack, 8 bytes a row</caption>
      <thead>
        <tr>
          <th scope="col">Place</th>
          <th scope="col">Bytes</th>
          <th scope="col">Holds</th>
        </tr>
      </thead>
      <tbody>
        {stack.map((slot) => (
          <tr key={slot.offset}>
            <th scope="row">fp{slot.offset}</th>
            <td>
              <code>{slot.bytes}</code>
            </td>
            <td>{slot.spilled === null ? '' : <code>{slot.spilled.text}</code>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Frame({ frame, before }: { readonly frame: FrameInWords; readonly before: FrameView | undefined }) {
  return (
    <>
      <table className="registers">
        <caption>{frame.frame === 0 ? 'Registers' : `Registers of frame ${frame.frame}`}</caption>
        <thead>
          <tr>
            <th scope="col">Register</th>
            <th scope="col">Is</th>
            <th scope="col">In the kernel's words</th>
          </tr>
        </thead>
        <tbody>
          {REGISTERS.map((n) => (
            <RegisterRow
              key={n}
              n={n}
              reg={frame.regs[n] ?? null}
              words={frame.words[n] ?? null}
              before={before === undefined ? undefined : (before.regs[n] ?? null)}
            />
          ))}
        </tbody>
      </table>
      <StackTable stack={frame.stack} />
    </>
  );
}

/** What the verifier knew just before the selected step. */
export function StatePanel() {
  const state = useResults((s) => s.state);
  const path = useResults((s) => s.path);
  const insns = useInsns();
  const step = path.find((s) => s.visit === state?.visit);
  return (
    <section className="panel state-panel" aria-label="State">
      <header className="panel-head">
        <h2>State</h2>
        {step !== undefined && (
          <span className="state-at">
            before step {step.visit}: <code>{insns.get(step.slot)?.text}</code>
          </span>
        )}
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <div className="panel-body scrolls" tabIndex={0}>
        {state === null ? (
          <p className="empty">Select a step to see what the verifier knew there.</p>
        ) : (
          [...state.frames]
            .reverse()
            .map((frame) => (
              <Frame
                key={frame.frame}
                frame={frame}
                before={state.previous?.find((f) => f.frame === frame.frame)}
              />
            ))
        )}
      </div>
    </section>
  );
}
