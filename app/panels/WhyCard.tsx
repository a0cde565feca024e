import { mendedVersion } from '../examples.ts';
import { useInsns } from '../lib/use-insns.ts';
import { openSource, runProgram, select } from '../state/actions.ts';
import { useDocument } from '../state/document.ts';
import { useResults } from '../state/results.ts';
import { useView } from '../state/view.ts';
import { KindChooser } from './KindChooser.tsx';
import { WhyDetails } from './WhyDetails.tsx';

const HEADLINE = {
  accept: 'Accepted: the verifier proved every access safe',
  reject: 'Rejected',
  unsupported: 'Not modelled yet',
  error: 'Cannot be loaded',
} as const;

/** Replaces a rejected example with its mended version, verifies and runs it. */
async function showMended(name: string, text: string): Promise<void> {
  await openSource({ kind: 'asm', name, text });
  useView.setState({ workspace: 'run', mobileTab: 'run' });
  await runProgram();
}

function MendedButton() {
  const source = useDocument((s) => s.source);
  const mended = source.kind === 'asm' ? mendedVersion(source.text) : null;
  if (mended === null) return null;
  return (
    <button type="button" className="primary" onClick={() => void showMended(source.name, mended.text)}>
      Show the mended program and run it
    </button>
  );
}

function FailingInsn() {
  const at = useResults((s) => s.verified?.at ?? null);
  const focus = useResults((s) => s.verified?.focus ?? null);
  const insn = useInsns().get(at ?? -1);
  if (insn === undefined) return null;
  return (
    <button type="button" className="failing" onClick={() => void select(focus)} title="Go to this step">
      {insn.source !== null && <div className="c-line">{insn.source}</div>}
      <code>
        <span className="slot">{insn.slot}:</span> {insn.text}
      </code>
    </button>
  );
}

/** The verdict in a sentence, the place, and the verifier's own words. */
export function WhyCard() {
  const verified = useResults((s) => s.verified);
  const why = useResults((s) => s.why);
  if (verified === null) return null;
  const { verdict, message, errnoName, processed } = verified;
  return (
    <section className={`why ${verdict}`} aria-label="Verdict">
      <h2>
        {HEADLINE[verdict]}
        {errnoName !== null && <span className="errno"> {errnoName}</span>}
      </h2>
      {why !== null && <p className="sentence">{why.sentence}</p>}
      {verdict === 'reject' && <FailingInsn />}
      {message !== null && (
        <p className="kernel-line">
          <span className="who">{verdict === 'reject' ? 'The verifier says' : 'What is missing'}</span>
          <code>{message}</code>
        </p>
      )}
      {why !== null && <WhyDetails why={why} />}
      {verdict === 'accept' && (
        <p>
          {processed.toLocaleString('en')} instruction{processed === 1 ? '' : 's'} walked. It can be attached
          and run.
        </p>
      )}
      {verdict === 'unsupported' && (
        <p>xlated stops here rather than guess: this part of the kernel's verifier is not modelled yet.</p>
      )}
      {verdict === 'error' && <KindChooser />}
      {verdict === 'reject' && <MendedButton />}
    </section>
  );
}
