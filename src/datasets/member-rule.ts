import type { z } from 'zod';
import type { Column } from '../schema/table.ts';
import { type Accept, acceptColumn, acceptIdentifier, acceptText } from './accept-column.ts';
import { columnSchema, identifierSchema, textSchema } from './column-schema.ts';
import type { MappingContext } from './dataset.ts';

/** How the value of a member becomes that of its column. */
export interface MemberRule {
  /** What is valid. All findings are its. */
  readonly schema: z.ZodType;
  /** The same for the usual values, at a fraction of the cost. */
  readonly accept: Accept;
}

/** As the column is declared. */
export function columnRule(declared: Column, context: MappingContext): MemberRule {
  return { schema: columnSchema(declared, context), accept: acceptColumn(declared, context.readTime) };
}

/** Text that is checked against its column later. */
export function textRule(max?: number): MemberRule {
  return { schema: textSchema(max), accept: acceptText(max) };
}

/** An id that some applications write as text and some as an integer. */
export function identifierRule(max: number | undefined): MemberRule {
  return { schema: identifierSchema(max), accept: acceptIdentifier(max) };
}
