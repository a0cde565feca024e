import type { InputDiagnostic } from '../../src-core/worker/protocol.ts';

/** What every editor of assembly text takes. */
export interface EditorProps {
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly diagnostics: readonly InputDiagnostic[];
  readonly dark: boolean;
  /** Line of the selected step, 1-based, or null. */
  readonly markedLine: number | null;
  readonly markIsError: boolean;
}
