import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';

interface Props {
  readonly label: string;
  readonly count: number;
  /** Index of the selected row, or -1. */
  readonly selected: number;
  readonly rowHeight: (index: number) => number;
  readonly onSelect: (index: number) => void;
  readonly onKey?: (event: KeyboardEvent) => void;
  readonly row: (index: number) => ReactNode;
}

/** A list of which only the rows in view exist: a listbox with arrow keys, Home, End and paging. */
export function VirtualRows({ label, count, selected, rowHeight, onSelect, onKey, row }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: rowHeight,
    overscan: 12,
  });
  useEffect(() => {
    if (selected >= 0 && selected < count) virtual.scrollToIndex(selected, { align: 'auto' });
  }, [virtual, selected, count]);

  const move = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 200) / 24) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      j: 1,
      ArrowUp: -1,
      k: -1,
      PageDown: page,
      PageUp: -page,
      Home: -count,
      End: count,
    };
    const by = event.ctrlKey || event.metaKey || event.altKey ? undefined : steps[event.key];
    if (by === undefined || count === 0) {
      onKey?.(event);
      return;
    }
    event.preventDefault();
    onSelect(Math.min(count - 1, Math.max(0, selected + by)));
  };

  return (
    <div
      className="rows"
      ref={scroller}
      role="listbox"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={selected >= 0 ? `${label.replace(/\W/g, '-')}-${selected}` : undefined}
      onKeyDown={move}
    >
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            id={`${label.replace(/\W/g, '-')}-${item.index}`}
            data-index={item.index}
            ref={virtual.measureElement}
            role="option"
            tabIndex={-1}
            aria-selected={item.index === selected}
            aria-setsize={count}
            aria-posinset={item.index + 1}
            className="row"
            style={{ transform: `translateY(${item.start}px)` }}
            onClick={() => onSelect(item.index)}
            onKeyDown={(e) => e.key === 'Enter' && onSelect(item.index)}
          >
            {row(item.index)}
          </div>
        ))}
      </div>
    </div>
  );
}
