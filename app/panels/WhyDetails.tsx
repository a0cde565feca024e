import type { Calls } from '../../src-core/worker/protocol.ts';
import { selectSlot } from '../state/actions.ts';

type Why = NonNullable<Calls['explain']['result']>;
type Spot = NonNullable<Why['at']>;

const lineOf = (spot: Spot): string => (spot.line === null ? `${spot.insn}` : `line ${spot.line}`);

function SpotLink({ spot, what }: { readonly spot: Spot; readonly what: string }) {
  return (
    <button
      type="button"
      className="spot"
      onClick={() => void selectSlot(spot.insn)}
      title={`Go to instruction ${spot.insn}`}
    >
      <span className="slot">{lineOf(spot)}</span> <code>{what}</code>
    </button>
  );
}

/** What must hold, with this program's numbers, and what breaks it. */
function Rule({ why }: { readonly why: Why }) {
  if (why.rule === null) return null;
  return (
    <p>
      <span className="who">It needs</span>
      <code>{why.rule}</code>
      {why.witness !== null && <span className="muted"> and breaks with {why.witness}.</span>}
    </p>
  );
}

/** How it came to the refusal: oldest first, each a link to its step. */
function Chain({ why }: { readonly why: Why }) {
  if (why.cause.length === 0) return null;
  return (
    <div>
      <span className="who">How it came to this</span>
      <ol className="chain">
        {why.cause.map((c, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the chain is fixed, and an instruction may stand in it twice.
          <li key={i}>
            <SpotLink spot={c} what={c.what} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function Root({ why }: { readonly why: Why }) {
  if (why.root === null || why.root.insn === why.at?.insn) return null;
  return (
    <div>
      <span className="who">Look here first</span>
      <SpotLink spot={why.root} what={why.root.text ?? `instruction ${why.root.insn}`} />
    </div>
  );
}

function FixDiff({ why }: { readonly why: Why }) {
  if (why.fix === null) return null;
  return (
    <div>
      <span className="who">A change that the verifier takes: {why.fix.what}</span>
      <pre className="diff">
        {why.fix.diff.split('\n').map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of a fixed text.
          <span key={i} className={line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : ''}>
            {`${line}\n`}
          </span>
        ))}
      </pre>
    </div>
  );
}

/** The parts of an explanation below its sentence. */
export function WhyDetails({ why }: { readonly why: Why }) {
  return (
    <>
      <Rule why={why} />
      <Chain why={why} />
      <Root why={why} />
      <FixDiff why={why} />
      <p className="advice">
        <span className="who">
          In general ({why.category}, {why.id})
        </span>
        {why.advice}
      </p>
    </>
  );
}
