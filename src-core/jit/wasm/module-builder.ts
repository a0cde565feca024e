import { FunctionBuilder } from './function-builder.ts';
import { uleb } from './leb.ts';
import type { ValType } from './opcodes.ts';

interface FuncType {
  readonly params: readonly ValType[];
  readonly results: readonly ValType[];
}
interface Import {
  readonly name: string;
  readonly type: number;
}

const encoder = new TextEncoder();
function text(out: number[], value: string): void {
  const bytes = encoder.encode(value);
  uleb(out, bytes.length);
  out.push(...bytes);
}
/** Appends without spreading: a body may be larger than the argument limit of a call. */
function append(out: number[], bytes: readonly number[]): void {
  for (const byte of bytes) out.push(byte);
}
function section(out: number[], id: number, body: readonly number[]): void {
  out.push(id);
  uleb(out, body.length);
  append(out, body);
}

/**
 * Builds a Wasm module with one imported memory "env.memory". Imported functions are interned by name and must
 * all be named before the first own function, since they take the first indices.
 */
export class ModuleBuilder {
  private readonly types: FuncType[] = [];
  private readonly imports: Import[] = [];
  private readonly functions: { readonly type: number; readonly builder: FunctionBuilder }[] = [];
  private readonly exports: { readonly name: string; readonly index: number }[] = [];

  private typeIndex(params: readonly ValType[], results: readonly ValType[]): number {
    const at = this.types.findIndex(
      (t) => String(t.params) === String(params) && String(t.results) === String(results),
    );
    return at >= 0 ? at : this.types.push({ params, results }) - 1;
  }

  importFunction(name: string, params: readonly ValType[], results: readonly ValType[]): number {
    const at = this.imports.findIndex((i) => i.name === name);
    return at >= 0 ? at : this.imports.push({ name, type: this.typeIndex(params, results) }) - 1;
  }

  /** Declares a function; fill the builder before finish(). */
  function(
    params: readonly ValType[],
    results: readonly ValType[],
  ): { readonly index: number; readonly body: FunctionBuilder } {
    const body = new FunctionBuilder(params);
    this.functions.push({ type: this.typeIndex(params, results), builder: body });
    return { index: this.imports.length + this.functions.length - 1, body };
  }

  export(name: string, index: number): void {
    this.exports.push({ name, index });
  }

  finish(): Uint8Array<ArrayBuffer> {
    const out = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
    section(out, 1, this.typeSection());
    section(out, 2, this.importSection());
    section(out, 3, this.functionSection());
    section(out, 7, this.exportSection());
    section(out, 10, this.codeSection());
    return Uint8Array.from(out);
  }

  private typeSection(): number[] {
    const out: number[] = [];
    uleb(out, this.types.length);
    for (const { params, results } of this.types) {
      out.push(0x60);
      uleb(out, params.length);
      append(out, params);
      uleb(out, results.length);
      append(out, results);
    }
    return out;
  }

  private importSection(): number[] {
    const out: number[] = [];
    uleb(out, this.imports.length + 1);
    text(out, 'env');
    text(out, 'memory');
    out.push(0x02, 0x00, 0x01);
    for (const { name, type } of this.imports) {
      text(out, 'env');
      text(out, name);
      out.push(0x00);
      uleb(out, type);
    }
    return out;
  }

  private functionSection(): number[] {
    const out: number[] = [];
    uleb(out, this.functions.length);
    for (const f of this.functions) uleb(out, f.type);
    return out;
  }

  private exportSection(): number[] {
    const out: number[] = [];
    uleb(out, this.exports.length);
    for (const { name, index } of this.exports) {
      text(out, name);
      out.push(0x00);
      uleb(out, index);
    }
    return out;
  }

  private codeSection(): number[] {
    const out: number[] = [];
    uleb(out, this.functions.length);
    for (const f of this.functions) {
      const body = f.builder.finish();
      uleb(out, body.length);
      append(out, body);
    }
    return out;
  }
}
