import { existsSync, unlinkSync } from 'node:fs';

/** Takes a map's name out of the BPF file system, where it is. */
export function unlinkPin(name: string): void {
  const path = `/sys/fs/bpf/${name}`;
  if (existsSync(path)) unlinkSync(path);
}
