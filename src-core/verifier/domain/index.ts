/** The verifier's numeric domain: pure maths on registers kept as words (layout.ts). */
export * from './alu.ts';
export * from './arith.ts';
export * from './bitwise.ts';
export * from './bounds.ts';
export * from './branch.ts';
export * from './coerce.ts';
export * from './layout.ts';
export * from './refine.ts';
export * from './reg.ts';
export * from './shift.ts';
export * from './tnum.ts';
