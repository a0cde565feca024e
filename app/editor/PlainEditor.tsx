import type { EditorProps } from './editor-props.ts';

/** A plain text area: for narrow and touch screens, which Monaco does not serve, and until Monaco is there. */
export function PlainEditor({ text, onChange, diagnostics }: EditorProps) {
  return (
    <textarea
      className="plain-editor"
      aria-label="BPF assembly"
      aria-invalid={diagnostics.some((d) => d.severity === 'error')}
      value={text}
      onChange={(e) => onChange(e.target.value)}
      spellCheck={false}
      autoCapitalize="off"
      autoCorrect="off"
      wrap="off"
    />
  );
}
