/** Packets to run a program on, as a person would pick them. */
export interface PacketPreset {
  readonly id: string;
  readonly title: string;
  readonly bytes: Uint8Array;
}

const hex = (text: string): number[] =>
  (text.replace(/\s/g, '').match(/../g) ?? []).map((p) => Number.parseInt(p, 16));
const ETHERNET = '02 00 00 00 00 02 02 00 00 00 00 01';

function checksum(bytes: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i] << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** An IPv4 header from 10.0.0.1 to 10.0.0.2 with its checksum. */
function ipv4(protocol: number, payload: number): number[] {
  const length = 20 + payload;
  const header = [
    0x45,
    0,
    length >> 8,
    length & 0xff,
    0,
    1,
    0x40,
    0,
    64,
    protocol,
    0,
    0,
    10,
    0,
    0,
    1,
    10,
    0,
    0,
    2,
  ];
  const sum = checksum(header);
  header[10] = sum >> 8;
  header[11] = sum & 0xff;
  return header;
}

function ethernetIpv4(protocol: number, payload: readonly number[]): Uint8Array {
  return Uint8Array.from([...hex(`${ETHERNET} 08 00`), ...ipv4(protocol, payload.length), ...payload]);
}

/** An echo request with the payload "ping" and its checksum. */
function icmpEcho(): number[] {
  const message = hex('08 00 00 00 00 01 00 01 70 69 6e 67');
  const sum = checksum(message);
  message[2] = sum >> 8;
  message[3] = sum & 0xff;
  return message;
}

const TCP_SYN = hex('c3 50 00 50 00 00 00 01 00 00 00 00 50 02 ff ff 00 00 00 00');
const UDP_DNS = hex(
  'c3 50 00 35 00 1d 00 00 12 34 01 00 00 01 00 00 00 00 00 00 04 65 62 70 66 02 69 6f 00 00 01 00 01',
);

export const PACKETS: readonly PacketPreset[] = [
  { id: 'tcp', title: 'TCP SYN to port 80', bytes: ethernetIpv4(6, TCP_SYN) },
  { id: 'icmp', title: 'ICMP echo request', bytes: ethernetIpv4(1, icmpEcho()) },
  { id: 'dns', title: 'DNS query (UDP 53)', bytes: ethernetIpv4(17, UDP_DNS) },
  {
    id: 'vlan',
    title: 'VLAN-tagged ARP',
    bytes: Uint8Array.from(
      hex(
        `${ETHERNET} 81 00 00 64 08 06 00 01 08 00 06 04 00 01 02 00 00 00 00 01 0a 00 00 01 00 00 00 00 00 00 0a 00 00 02`,
      ),
    ),
  },
  { id: 'short', title: 'Shortest frame (14 bytes)', bytes: Uint8Array.from(hex(`${ETHERNET} 08 00`)) },
];

export const DEFAULT_PACKET = PACKETS[0].bytes;
