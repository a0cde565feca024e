import { Btf } from '../btf/btf.ts';
import type { BtfVarSecinfo } from '../btf/types.ts';

/**
 * Changes fields of a copy of a BTF blob in place; ids and offsets stay. `done()` parses the result.
 * Types are read from the unedited blob.
 */
export class BtfEdit {
  private readonly raw: Uint8Array;
  private readonly view: DataView;

  constructor(readonly btf: Btf) {
    this.raw = btf.raw.slice();
    this.view = new DataView(this.raw.buffer);
  }

  private set(id: number, at: number, value: number): void {
    this.view.setUint32(this.btf.offsetOf(id) + at, value, true);
  }

  /** `size` of a sized kind, `type` of the others: the same word. */
  setSizeOrType(id: number, value: number): void {
    this.set(id, 8, value);
  }

  setVarLinkage(id: number, linkage: number): void {
    this.set(id, 12, linkage);
  }

  setFuncLinkage(id: number, linkage: number): void {
    const { info } = this.btf.typeById(id);
    this.set(id, 4, ((info & 0xffff0000) | linkage) >>> 0);
  }

  setParamName(protoId: number, index: number, nameOff: number): void {
    this.set(protoId, 12 + 8 * index, nameOff);
  }

  setVars(id: number, vars: readonly BtfVarSecinfo[]): void {
    vars.forEach((v, i) => {
      this.set(id, 12 + 12 * i, v.type);
      this.set(id, 16 + 12 * i, v.offset);
      this.set(id, 20 + 12 * i, v.size);
    });
  }

  done(): Btf {
    return Btf.parse(this.raw, this.btf.base);
  }
}
