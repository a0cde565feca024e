import { CREATE_CASES } from './create-cases.ts';
import { ELEMENT_CASES } from './element-cases.ts';
import { OBJECT_CASES } from './object-cases.ts';
import type { Case } from './world.ts';

export const CASES: readonly Case[] = [...CREATE_CASES, ...ELEMENT_CASES, ...OBJECT_CASES];
