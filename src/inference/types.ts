import { wordsOf } from './names.ts';
import type { ColumnDraft } from './records.ts';
import type { ValueStats } from './values.ts';

/** What a column is declared as, by its values. */
export interface ProposedType {
  readonly type: string;
  readonly epoch?: 's' | 'ms';
  /** Times without a zone, of how many. */
  readonly naive?: number;
  /** A type that nearly all values have, and how many have not. */
  readonly misfits?: { readonly type: string; readonly count: number };
}

/** Values that must differ before their form alone says what they are. */
const FEW_VALUES = 3;

const MONEY =
  /^(?:price|prices|amount|total|subtotal|cost|costs|balance|sum|fee|fees|tax|salary|budget|revenue|cash|payment|credit|debit|wage|rent|deposit|paid)$/;
const TIME =
  /^(?:at|on|time|date|timestamp|ts|created|updated|modified|expires|expiry|since|until|last|first|ms|start|end|begin|seen|login|sync)$/;
const ID = /^(?:id|ids|uuid|guid)$/;
const MOST_DIGITS = 1000;

const JSON_TYPE: ProposedType = { type: 'json' };

export function typeOf({ stats, isJson, source }: ColumnDraft): ProposedType {
  if (source.of === 'position') return { type: 'integer' };
  if (source.of === 'capture') return { type: 'text' };
  const words = source.of === 'member' ? wordsOf(source.way.at(-1) ?? '') : [];
  // A text among objects would be one in quotes.
  if (isJson && stats.counts.text > 0 && stats.isFinite) return { type: 'literal' };
  if (isJson || stats.present === 0) return JSON_TYPE;
  if (stats.isAll('boolean')) return { type: 'boolean' };
  if (stats.isAll('text')) return textType(stats, words);
  if (stats.isAll('number')) return numberType(stats, words);
  return stats.isFinite ? { type: 'literal' } : JSON_TYPE;
}

function textType(stats: ValueStats, words: readonly string[]): ProposedType {
  const { forms, naive } = stats;
  const isTelling = (pattern: RegExp): boolean =>
    words.some((word) => pattern.test(word)) || stats.distinct.count >= FEW_VALUES;
  if (forms.has('uuid') && isTelling(ID)) return { type: 'uuid' };
  if (forms.has('timestamp') && isTelling(TIME)) return { type: 'timestamp', ...(naive > 0 && { naive }) };
  return { type: forms.has('date') && isTelling(TIME) ? 'date' : 'text' };
}

function numberType(stats: ValueStats, words: readonly string[]): ProposedType {
  const { isWhole, isExact, whole, fraction } = stats;
  // JSON keeps what is no number.
  if (!stats.isFinite) return JSON_TYPE;
  const isTime = words.some((word) => TIME.test(word));
  if (isWhole && isExact) {
    const epoch = isTime ? [...stats.epochs][0] : undefined;
    return epoch === undefined ? { type: 'integer' } : { type: 'timestamp', epoch };
  }
  const isMoney = words.some((word) => MONEY.test(word)) && fraction <= 2 && whole <= 13;
  if (isMoney) return { type: 'decimal(15,2)' };
  if (isExact) return { type: 'real' };
  return whole + fraction > MOST_DIGITS ? JSON_TYPE : { type: `decimal(${whole + fraction},${fraction})` };
}
