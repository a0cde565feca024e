import { useResults } from '../state/results.ts';

/** Why there are no steps, and what to do about it. */
export function EmptySteps() {
  const phase = useResults((s) => s.phase);
  const opened = useResults((s) => s.opened);
  const verified = useResults((s) => s.verified);
  if (phase !== 'idle') return <p className="empty">Verifying …</p>;
  if (opened !== null && opened.programs.length === 0) {
    return (
      <p className="empty">There is no program to verify yet. The problems are listed under the source.</p>
    );
  }
  if (verified !== null) {
    return (
      <p className="empty">
        The program was refused before its first instruction was looked at; the Log lens has the verifier's
        words.
      </p>
    );
  }
  return <p className="empty">Write assembly on the left, or drop a compiled .bpf.o anywhere on the page.</p>;
}
