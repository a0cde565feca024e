/** Frames that programs are compared on: the common protocols, the short, the long and the odd. */
const ETHERNET = '020000000002020000000001';
const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.replace(/\s/g, '').match(/../g) ?? [], (b) => Number.parseInt(b, 16));

/** 10.0.0.1 to 10.0.0.2; the length is of what follows. */
const ipv4 = (protocol: string, payload: string): string => {
  const length = (20 + payload.length / 2).toString(16).padStart(4, '0');
  return `${ETHERNET}0800 4500${length}0001400040${protocol}0000 0a000001 0a000002 ${payload}`;
};
const TCP = '3039 0050 00000001 00000000 5002ffff 0000 0000';
const UDP = '3039 0035 000c 0000 61626364';
const ipv6 = (next: string, payload: string): string => {
  const length = (payload.replace(/\s/g, '').length / 2).toString(16).padStart(4, '0');
  const address = (last: string): string => `20010db8000000000000000000000${last.padStart(3, '0')}`;
  return `${ETHERNET}86dd 60000000${length}${next}40 ${address('1')} ${address('2')} ${payload}`;
};
const squeeze = (text: string): string => text.replace(/\s/g, '');

export const TEN_PACKETS: readonly Uint8Array[] = [
  hex(ipv4('06', squeeze(TCP))),
  hex(ipv4('11', squeeze(UDP))),
  hex(ipv4('01', '0800f7fe00010000')),
  hex(ipv6('06', TCP)),
  hex(ipv6('11', UDP)),
  hex(`${ETHERNET}0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002`),
  hex(`${ETHERNET}8100 0064 0800 ${ipv4('06', squeeze(TCP)).slice(28)}`),
  hex(`${ETHERNET}1234`),
  Uint8Array.from([...hex(`${ETHERNET}88b5`), ...Array.from({ length: 46 }, (_, i) => i)]),
  Uint8Array.from([...hex(ipv4('06', squeeze(TCP))), ...Array.from({ length: 1400 }, (_, i) => i & 0xff)]),
];
