import { z } from 'zod';
import type { RejectCode } from '../reject.ts';
import { type Column, fits } from '../schema/table.ts';
import { readDate } from '../time/time.ts';
import type { MappingContext } from './dataset.ts';

const INT64 = 2n ** 63n;

/** The zod schema of a column: types, ranges, lengths and formats as its table declares them. */
export function columnSchema(declared: Column, context: MappingContext): z.ZodType {
  switch (declared.type) {
    case 'text':
    case 'uuid':
      return declared.oneOf ? z.enum([...declared.oneOf]) : textSchema(declared.max);
    case 'integer':
      return integerSchema(declared);
    case 'real':
      return z
        .number()
        .gte(declared.min ?? -Number.MAX_VALUE)
        .lte(declared.most ?? Number.MAX_VALUE);
    case 'boolean':
      return z.union([z.boolean(), z.literal([0, 1])]).transform((value) => value === true || value === 1);
    case 'timestamp':
      return z.string().transform((text, check) => settle(context.readTime(text), check));
    case 'date':
      return z.string().transform((text, check) => settle(readDate(text), check));
    default:
      return z.unknown();
  }
}

/** An id that some applications write as text and some as an integer. */
export function identifierSchema(max: number | undefined): z.ZodType {
  return z.union([z.string(), z.int(), z.bigint()]).transform(String).pipe(textSchema(max));
}

export function textSchema(max: number | undefined): z.ZodString {
  if (max === undefined) return z.string();
  return z.string().refine((text) => fits(text, max), { params: { code: 'too-long' } });
}

/** Exact up to 64 bits, whatever JavaScript can hold in a number. */
function integerSchema({ min, most }: Column): z.ZodType {
  return z.union([z.number(), z.bigint()]).transform((value, check) => {
    const exact = typeof value === 'bigint' || Number.isInteger(value) ? BigInt(value) : undefined;
    const code = integerProblem(exact, min, most);
    if (code === undefined) return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
    check.addIssue({ code: 'custom', message: '', params: { code } });
    return z.NEVER;
  });
}

function integerProblem(
  value: bigint | undefined,
  min: number | undefined,
  most: number | undefined,
): RejectCode | undefined {
  if (value === undefined) return 'wrong-type';
  if (value < -INT64 || value >= INT64) return 'number-out-of-range';
  return (min !== undefined && value < BigInt(min)) || (most !== undefined && value > BigInt(most))
    ? 'out-of-range'
    : undefined;
}

type Settled = { readonly ok: string } | { readonly code: RejectCode; readonly message: string };

function settle(result: Settled, check: z.RefinementCtx): string {
  if ('ok' in result) return result.ok;
  check.addIssue({ code: 'custom', message: result.message, params: { code: result.code } });
  return z.NEVER;
}

/** What the column wants, in words: "a number from 0 to 100". */
export function expectation(declared: Column): string {
  switch (declared.type) {
    case 'text':
    case 'uuid':
      if (declared.oneOf) return `one of ${declared.oneOf.join(', ')}`;
      return declared.max === undefined ? 'text' : `text of at most ${declared.max} characters`;
    case 'integer':
      return `a whole number${range(declared)}`;
    case 'real':
      return `a number${range(declared)}`;
    case 'boolean':
      return 'true or false';
    case 'timestamp':
      return 'a time such as 2025-01-31T12:00:00Z';
    case 'date':
      return 'a date such as 2025-01-31';
    default:
      return 'a value';
  }
}

function range({ min, most }: Column): string {
  if (min !== undefined && most !== undefined) return ` from ${min} to ${most}`;
  return min === undefined ? '' : ` of at least ${min}`;
}
