import { useState } from 'react';
import type { MapView } from '../../src-core/worker/protocol.ts';
import { parseHex } from '../lib/hex.ts';
import { writeElement } from '../state/actions.ts';

interface Props {
  readonly map: MapView;
  /** Key and value to start from, in hexadecimal; an empty key means a new element. */
  readonly start: { readonly key: string; readonly value: string };
  /** Bytes that a value has here: all CPUs' for a per-CPU map. */
  readonly valueSize: number;
  readonly onDone: () => void;
}

/** "3 of 4 bytes", or null when the text is as many bytes as wanted. */
function problem(text: string, size: number): string | null {
  const parsed = parseHex(text);
  if (!parsed.ok) return parsed.message;
  return parsed.bytes.length === size ? null : `${parsed.bytes.length} of ${size} bytes`;
}

/** Key and value of one element in hexadecimal, low byte first. */
export function ElementEditor({ map, start, valueSize, onDone }: Props) {
  const [key, setKey] = useState(start.key);
  const [value, setValue] = useState(start.value);
  const keyProblem = problem(key, map.keySize);
  const valueProblem = problem(value, valueSize);
  const save = async (): Promise<void> => {
    const k = parseHex(key);
    const v = parseHex(value);
    if (k.ok && v.ok && (await writeElement(map.index, k.bytes, v.bytes))) onDone();
  };
  return (
    <form
      className="element-editor"
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <label>
        Key{' '}
        <input
          value={key}
          onChange={(e) => setKey(e.target.value)}
          aria-invalid={keyProblem !== null}
          spellCheck={false}
        />
      </label>
      <label>
        Value{' '}
        <input
          value={value}
          onChange={(e) => setValue(e.target.value)}
          aria-invalid={valueProblem !== null}
          spellCheck={false}
        />
      </label>
      <button type="submit" className="primary" disabled={keyProblem !== null || valueProblem !== null}>
        Write
      </button>
      <button type="button" onClick={onDone}>
        Cancel
      </button>
      <span className="muted">
        {keyProblem !== null
          ? `key: ${keyProblem}`
          : valueProblem !== null
            ? `value: ${valueProblem}`
            : 'hexadecimal, low byte first'}
      </span>
    </form>
  );
}
