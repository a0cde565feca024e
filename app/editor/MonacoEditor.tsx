import { editor, KeyCode, MarkerSeverity } from 'monaco-editor/editor.js';
import { useEffect, useRef, useState } from 'react';
import type { EditorProps } from './editor-props.ts';
import { LANGUAGE } from './language.ts';
import { setUpMonaco } from './monaco-setup.ts';

const OWNER = 'xlated';

function markersOf(props: EditorProps): editor.IMarkerData[] {
  return props.diagnostics.flatMap((d) => {
    const { line, column, length } = d.location;
    if (line === undefined) return [];
    return {
      severity: d.severity === 'error' ? MarkerSeverity.Error : MarkerSeverity.Warning,
      message: d.hint === null ? d.message : `${d.message}\n${d.hint}`,
      startLineNumber: line,
      startColumn: column ?? 1,
      endLineNumber: line,
      endColumn: (column ?? 1) + (length ?? 1),
    };
  });
}

/** What Escape closes before it lets Tab leave the editor. */
const NOTHING_OPEN =
  '!suggestWidgetVisible && !findWidgetVisible && !inSnippetMode && !markersNavigationVisible';

/** Escape, then Tab leaves the editor; coming back, Tab indents again. */
function letTabLeave(made: editor.IStandaloneCodeEditor): void {
  made.addCommand(KeyCode.Escape, () => made.updateOptions({ tabFocusMode: true }), NOTHING_OPEN);
  made.onDidBlurEditorText(() => made.updateOptions({ tabFocusMode: false }));
}

/** The assembly editor. The text lives in the document store; Monaco shows it and reports changes. */
export default function MonacoEditor(props: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const [instance, setInstance] = useState<editor.IStandaloneCodeEditor | null>(null);
  const onChange = useRef(props.onChange);
  onChange.current = props.onChange;
  const initial = useRef(props);

  useEffect(() => {
    let made: editor.IStandaloneCodeEditor | null = null;
    let gone = false;
    void setUpMonaco().then(() => {
      if (gone || host.current === null) return;
      made = editor.create(host.current, {
        value: initial.current.text,
        language: LANGUAGE,
        theme: initial.current.dark ? 'xlated-dark' : 'xlated-light',
        automaticLayout: true,
        minimap: { enabled: false },
        fontSize: 13,
        scrollBeyondLastLine: false,
        lineNumbersMinChars: 3,
        glyphMargin: false,
        folding: false,
        renderLineHighlight: 'none',
        ariaLabel: 'BPF assembly. Press Escape, then Tab, to leave the editor.',
        fixedOverflowWidgets: true,
      });
      letTabLeave(made);
      made.onDidChangeModelContent(() => {
        if (made !== null) onChange.current(made.getValue());
      });
      setInstance(made);
    });
    return () => {
      gone = true;
      made?.getModel()?.dispose();
      made?.dispose();
    };
  }, []);

  useEffect(() => {
    const model = instance?.getModel();
    if (!model || model.getValue() === props.text) return;
    // As an edit, so that Undo brings the person's own text back.
    model.pushEditOperations([], [{ range: model.getFullModelRange(), text: props.text }], () => null);
  }, [instance, props.text]);

  useEffect(() => {
    const model = instance?.getModel();
    if (model) editor.setModelMarkers(model, OWNER, markersOf(props));
  }, [instance, props]);

  useEffect(() => {
    if (instance !== null) editor.setTheme(props.dark ? 'xlated-dark' : 'xlated-light');
  }, [instance, props.dark]);

  useEffect(() => {
    const line = props.markedLine;
    if (instance === null || line === null) return;
    const marks = instance.createDecorationsCollection([
      {
        range: { startLineNumber: line, startColumn: 1, endLineNumber: line, endColumn: 1 },
        options: { isWholeLine: true, className: props.markIsError ? 'line-error' : 'line-selected' },
      },
    ]);
    instance.revealLineInCenterIfOutsideViewport(line);
    return () => marks.clear();
  }, [instance, props.markedLine, props.markIsError]);

  return (
    <div className="editor-host" ref={host}>
      {instance === null && <pre className="editor-placeholder">{props.text}</pre>}
    </div>
  );
}
