import type { MapContents, MapEntryView, MapView } from '../../src-core/worker/protocol.ts';
import { toDecimal, toHex } from '../lib/hex.ts';
import { resetMaps } from '../state/actions.ts';
import { useResults } from '../state/results.ts';

const oneLine = (bytes: Uint8Array): string => toHex(bytes).replaceAll('\n', ' ');

function BytesCell({ bytes }: { readonly bytes: Uint8Array }) {
  const decimal = toDecimal(bytes);
  return (
    <td>
      {decimal !== null && <strong>{decimal} </strong>}
      <code className="muted">
        {oneLine(bytes.subarray(0, 64))}
        {bytes.length > 64 ? ' …' : ''}
      </code>
    </td>
  );
}

function EntryRow({
  entry,
  before,
}: {
  readonly entry: MapEntryView;
  readonly before: MapEntryView | undefined;
}) {
  const changed = before === undefined || oneLine(before.value) !== oneLine(entry.value);
  return (
    <tr className={changed ? 'changed' : ''}>
      <BytesCell bytes={entry.key} />
      <BytesCell bytes={entry.value} />
      <td>
        {changed
          ? before === undefined
            ? '~ new'
            : `~ was ${toDecimal(before.value) ?? oneLine(before.value.subarray(0, 16))}`
          : ''}
      </td>
    </tr>
  );
}

function MapTable({
  map,
  contents,
  before,
}: {
  readonly map: MapView;
  readonly contents: MapContents;
  readonly before: MapContents | undefined;
}) {
  const known = new Map(before?.entries.map((e) => [oneLine(e.key), e]));
  return (
    <table className="map">
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
        </tr>
      </thead>
      <tbody>
        {contents.entries.map((entry) => (
          <EntryRow
            key={oneLine(entry.key)}
            entry={entry}
            before={before === undefined ? entry : known.get(oneLine(entry.key))}
          />
        ))}
        {contents.entries.length === 0 && (
          <tr>
            <td colSpan={3} className="muted">
              empty
            </td>
          </tr>
        )}
        {contents.more && (
          <tr>
            <td colSpan={3} className="muted">
              more elements are not shown
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** Every map with its elements, and what the last run changed. */
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
              key={map.name}
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
