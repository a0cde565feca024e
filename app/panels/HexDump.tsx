interface Props {
  readonly bytes: Uint8Array;
  /** Bytes to compare with, or null. */
  readonly before: Uint8Array | null;
  readonly title: string;
}

interface Byte {
  readonly at: number;
  readonly text: string;
  readonly changed: boolean;
}

function rowsOf(bytes: Uint8Array, before: Uint8Array | null): Byte[][] {
  const all = Array.from(bytes, (b, at) => ({
    at,
    text: b.toString(16).padStart(2, '0'),
    changed: before !== null && before[at] !== b,
  }));
  return Array.from({ length: Math.ceil(all.length / 16) }, (_, i) => all.slice(i * 16, i * 16 + 16));
}

/** Bytes 16 a line; the ones that differ from before are marked, and counted in words. */
export function HexDump({ bytes, before, title }: Props) {
  const rows = rowsOf(bytes, before);
  const changed = rows.flat().filter((b) => b.changed).length;
  return (
    <figure className="hex-dump">
      <figcaption>
        {title}, {bytes.length} bytes
        {before !== null && `, ${changed === 0 ? 'unchanged' : `${changed} changed`}`}
      </figcaption>
      {rows.map((row) => (
        <code key={row[0].at}>
          <span className="slot">{row[0].at.toString(16).padStart(4, '0')}</span>{' '}
          {row.map((b) => (
            <span key={b.at} className={b.changed ? 'byte changed' : 'byte'}>
              {b.text}{' '}
            </span>
          ))}
        </code>
      ))}
    </figure>
  );
}
