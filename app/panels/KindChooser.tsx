import { chooseKind, programIndex } from '../state/actions.ts';
import { useResults } from '../state/results.ts';
import { useView } from '../state/view.ts';

/** For a program whose section names no type: what it looks like, and every type that it could be. */
export function KindChooser() {
  const opened = useResults((s) => s.opened);
  const chosen = useView((s) => s.program);
  const program = opened?.programs[programIndex(opened.programs, chosen)];
  if (opened === null || program === undefined || program.type !== 'unspec') return null;
  const { name, kindGuess } = program;
  return (
    <div className="kind-chooser">
      <span className="who">Its section, “{program.section}”, does not say what it is.</span>
      {kindGuess !== null && (
        <button type="button" className="primary" onClick={() => void chooseKind(name, kindGuess)}>
          Verify as {kindGuess}
        </button>
      )}
      <select aria-label="Program type" value="" onChange={(e) => void chooseKind(name, e.target.value)}>
        <option value="" disabled>
          {kindGuess === null ? 'Choose its type' : 'or another type'}
        </option>
        {opened.kinds.map((kind) => (
          <option key={kind} value={kind}>
            {kind}
          </option>
        ))}
      </select>
    </div>
  );
}
