import { useState } from 'react';
import type { MapContents, MapEntryView, MapView } from '../../src-core/worker/protocol.ts';
import { toDecimal, toHex } from '../lib/hex.ts';
import { deleteElement, resetMaps } from '../state/actions.ts';
import { useResults } from '../state/results.ts';
import { ElementEditor } from './ElementEditor.tsx';

const oneLine = (bytes: Uint8Array): string => toHex(bytes).replaceAll('\n', ' ');
const SHOWN_BYTES = 64;

function BytesCell({ bytes }: { readonly bytes: Uint8Array }) {
  const decimal = toDecimal(bytes);
  return (
    <td>
      {decimal !== null && <strong>{decimal} </strong>}
      <code className="muted">
        {oneLine(bytes.subarray(0, SHOWN_BYTES))}
        {bytes.length > SHOWN_BYTES ? ' …' : ''}
      </code>
    </td>
  );
}

function changeText(entry: MapEntryView, before: MapEntryView | undefined): string {
  if (before === undefined) return '~ new';
  if (oneLine(before.value) === oneLine(entry.value)) return '';
  return `~ was ${toDecimal(before.value) ?? oneLine(before.value.subarray(0, 16))}`;
}

interface EntryProps {
  readonly map: MapView;
  readonly entry: MapEntryView;
  readonly before: MapEntryView | undefined;
  readonly onEdit: () => void;
}

function EntryRow({ map, entry, before, onEdit }: EntryProps) {
  const change = changeText(entry, before);
  return (
    <tr className={change === '' ? '' : 'changed'}>
      <BytesCell bytes={entry.key} />
      <BytesCell bytes={entry.value} />
      <td className="change">{change}</td>
      <td className="row-actions">
        {map.keySize > 0 && (
          <>
            <button type="button" onClick={onEdit}>
              Edit
            </button>
            <button
              type="button"
              aria-label={`Delete key ${oneLine(entry.key)}`}
              onClick={() => void deleteElement(map.index, entry.key)}
            >
              ✕
            </button>
          </>
        )}
      </td>
    </tr>
  );
}

interface TableProps {
  readonly map: MapView;
  readonly contents: MapContents;
  readonly before: MapContents | undefined;
}

function MapTable({ map, contents, before }: TableProps) {
  const [editing, setEditing] = useState<{ readonly key: string; readonly value: string } | null>(null);
  const known = new Map(before?.entries.map((e) => [oneLine(e.key), e]));
  const valueSize = contents.entries[0]?.value.length ?? map.valueSize;
  return (
    <div className="map">
      <table>
        <caption>
          <strong>{map.name}</strong>{' '}
          <span className="muted">
            {map.type}, key {map.keySize} B, value {map.valueSize} B, {map.maxEntries.toLocaleString('en')}{' '}
            entries at most
          </span>
        </caption>
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Value</th>
            <th scope="col">Change</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {contents.entries.map((entry) => (
            <EntryRow
              key={`${oneLine(entry.key)} ${map.keySize === 0 ? oneLine(entry.value) : ''}`}
              map={map}
              entry={entry}
              before={before === undefined ? entry : known.get(oneLine(entry.key))}
              onEdit={() => setEditing({ key: oneLine(entry.key), value: oneLine(entry.value) })}
            />
          ))}
          {(contents.entries.length === 0 || contents.more) && (
            <tr>
              <td colSpan={4} className="muted">
                {contents.more ? 'more elements are not shown' : 'empty'}
              </td>
            </tr>
          )}
        </tbody>
      </table>
      {editing === null && map.keySize > 0 && (
        <button type="button" onClick={() => setEditing({ key: '', value: '' })}>
          Add element
        </button>
      )}
      {editing !== null && (
        <ElementEditor
          key={editing.key}
          map={map}
          start={editing}
          valueSize={valueSize}
          onDone={() => setEditing(null)}
        />
      )}
    </div>
  );
}

/** Every map with its elements, what the last run changed, and the means to write to it. */
export function MapsPanel() {
  const views = useResults((s) => s.opened?.maps) ?? [];
  const maps = useResults((s) => s.maps);
  const before = useResults((s) => s.mapsBefore);
  return (
    <section className="panel maps-panel" aria-label="Maps">
      <header className="panel-head">
        <h2>Maps</h2>
        {views.length > 0 && (
          <button type="button" onClick={() => void resetMaps()} title="Back to the contents after loading">
            Reset
          </button>
        )}
      </header>
      <div className="panel-body scrolls padded">
        {views.length === 0 && (
          <p className="empty">This program has no maps. The packet counter among the examples has one.</p>
        )}
        {maps.map((contents) => {
          const map = views[contents.index];
          return map === undefined ? null : (
            <MapTable
              key={map.index}
              map={map}
              contents={contents}
              before={before?.find((b) => b.index === contents.index)}
            />
          );
        })}
      </div>
    </section>
  );
}
