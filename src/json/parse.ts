import type { RejectCode } from '../reject.ts';
import { survivesDouble } from './decimal.ts';
import { parseExactly } from './exact-parser.ts';
import { locate } from './locate.ts';
import { hasBackslashName, hasMembers } from './members.ts';
import { NON_FINITE, PLAIN_NUMBERS, TOO_DEEP, UNICODE_ESCAPE } from './raw-record.ts';
import { type AllowedRepairs, checkTexts, type TextRepair } from './unstorable-text.ts';
import type { JsonValue } from './value.ts';

export { locate } from './locate.ts';
export { type AllowedRepairs, checkText, type TextRepair } from './unstorable-text.ts';

export interface ParsedJson {
  readonly value: JsonValue;
  /** An `ExactNumber` or `NonFinite` is inside. */
  readonly special: boolean;
}

export interface JsonProblem {
  readonly code: RejectCode;
  /** In words for people who do not program; names members, never quotes a value. */
  readonly message: string;
  /** Index into the text, in UTF-16 units. */
  readonly offset: number;
  readonly pointer: string;
}

/** What the splitter saw in the text. */
export interface TextSigns {
  readonly members: number;
  readonly signs: number;
}

export type ParseResult =
  | { readonly ok: ParsedJson; readonly repairs: readonly TextRepair[] }
  | { readonly problem: JsonProblem };

/** For a text that no splitter saw: everything is checked. */
export const UNKNOWN_SIGNS: TextSigns = { members: -1, signs: UNICODE_ESCAPE };

const NO_REPAIRS: readonly TextRepair[] = [];
const NEEDS_EXACT = NON_FINITE | TOO_DEEP;
/** Escapes of U+0000 and of surrogates, paired or not. */
const SUSPICIOUS_ESCAPE = /\\u(?:0000|[dD][89a-fA-F])/;
/** A number with 16 or more digits (or 15 and a point) or with an exponent, where a value may begin. */
const LONG_NUMBER = /[\s:,[-](\d(?:[\d.]{15,}(?:[eE][-+]?\d+)?|[\d.]*[eE][-+]?\d+))/g;

/** Parses one record. Numbers keep their digits, duplicate members and text that cannot be stored are problems. */
export function parseJson(text: string, signs: TextSigns, allow: AllowedRepairs): ParseResult {
  const ofDoubles = (signs.signs & NEEDS_EXACT) === 0 ? parseDoubles(text, signs) : undefined;
  if (ofDoubles !== undefined) return checked(text, signs, { value: ofDoubles, special: false }, allow);
  const exact = parseExactly(text);
  if ('value' in exact) return checked(text, signs, exact, allow);
  return { problem: { ...exact.fault, pointer: exact.pointer } };
}

/** The value as JSON.parse reads it, if it can be shown that nothing is lost that way. */
function parseDoubles(text: string, { members, signs }: TextSigns): JsonValue | undefined {
  const value = tryParse(text);
  if (value === undefined || !hasMembers(value, members) || mayBeMisread(text, value)) return undefined;
  return (signs & PLAIN_NUMBERS) !== 0 || numbersSurvive(text) ? value : undefined;
}

/** A text that is known to have no duplicate members, with every digit; undefined when it is not JSON. */
export function readFaithfully(text: string): JsonValue | undefined {
  const value = tryParse(text);
  if (value !== undefined && numbersSurvive(text) && !mayBeMisread(text, value)) return value;
  const exact = parseExactly(text);
  return 'value' in exact ? exact.value : undefined;
}

function tryParse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/**
 * V8 takes a name it has met for one that is written with escapes, where both begin alike up to a backslash: behind "\\\\" it
 * reads "\\n" as a backslash. https://github.com/nodejs/node/issues/63785
 */
function mayBeMisread(text: string, value: JsonValue): boolean {
  return text.includes('\\') && hasBackslashName(value);
}

/** Digits inside strings may give a false alarm. That costs time, never a digit. */
function numbersSurvive(text: string): boolean {
  const first = text.charCodeAt(0);
  if (first === 0x2d || (first >= 0x30 && first <= 0x39)) return survivesDouble(text.trim());
  LONG_NUMBER.lastIndex = 0;
  for (let hit = LONG_NUMBER.exec(text); hit !== null; hit = LONG_NUMBER.exec(text)) {
    if (!survivesDouble(hit[1] as string)) return false;
  }
  return true;
}

function checked(text: string, { signs }: TextSigns, ok: ParsedJson, allow: AllowedRepairs): ParseResult {
  if ((signs & UNICODE_ESCAPE) === 0 || !SUSPICIOUS_ESCAPE.test(text)) return { ok, repairs: NO_REPAIRS };
  const result = checkTexts(ok.value, allow);
  if ('finding' in result) {
    return { problem: { ...result.finding, offset: locate(text, result.finding.pointer) } };
  }
  return { ok: { value: result.value, special: ok.special }, repairs: result.repairs };
}
