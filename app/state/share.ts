import { decodeShare, encodeShare } from '../../src-core/share/codec.ts';
import { InputError } from '../../src-core/util/input-error.ts';
import { parseHex, toHex } from '../lib/hex.ts';
import { check } from './actions.ts';
import { setSource, useDocument } from './document.ts';
import { useResults } from './results.ts';
import { notify, useView } from './view.ts';

const LONG_LINK = 8_000;
const HUGE_LINK = 32_000;

/** The link to exactly what is on screen. */
export function shareLink(): string {
  const { source } = useDocument.getState();
  const view = useView.getState();
  const { opened } = useResults.getState();
  const packet = parseHex(view.packetHex);
  const fragment = encodeShare({
    source,
    program: view.program ?? opened?.programs[0]?.name ?? null,
    step: view.visit,
    lens: view.lens,
    workspace: view.workspace,
    level: view.level,
    packet: packet.ok ? packet.bytes : new Uint8Array(0),
  });
  return new URL(fragment, location.href).href;
}

/** Puts the link in the address bar and on the clipboard, and says how long it is. */
export async function share(): Promise<void> {
  const link = shareLink();
  history.replaceState(null, '', link);
  const length = link.length.toLocaleString('en');
  const warning =
    link.length > HUGE_LINK
      ? ' Most chats will cut it: send the file instead.'
      : link.length > LONG_LINK
        ? ' Some chats cut links this long.'
        : '';
  try {
    await navigator.clipboard.writeText(link);
    notify(`Link copied, ${length} characters.${warning}`);
  } catch {
    notify(`The link (${length} characters) is in the address bar; copy it from there.${warning}`);
  }
}

/** Restores what the address bar's fragment holds; false when it holds nothing. */
export async function openFragment(): Promise<boolean> {
  try {
    const shared = decodeShare(location.hash);
    if (shared === null) return false;
    setSource(shared.source);
    useView.setState({
      program: shared.program,
      lens: shared.lens,
      workspace: shared.workspace,
      level: shared.level,
      packetHex: toHex(shared.packet),
      visit: null,
      leaf: null,
    });
    await check(shared.step);
    return true;
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
    notify(`This link cannot be opened: ${e.message}.${e.hint === null ? '' : ` ${e.hint}`}`);
    return false;
  }
}
