import { wholeNumber } from '../json/decimal.ts';
import { ExactNumber, type JsonValue, NonFinite } from '../json/value.ts';
import { compileTimeReader, readDate, readEpoch } from '../time/time.ts';
import type { DistinctStore, DistinctValues } from './distinct.ts';
import { looksSensitive } from './sensitive.ts';
import { type Kind, kindOfValue } from './shape.ts';
import type { Spelled } from './spelled.ts';
import { SpelledNumbers } from './spelled-numbers.ts';
import { SpelledTimes } from './spelled-times.ts';

/** Forms of text that have a type of their own. */
export type TextForm = 'uuid' | 'timestamp' | 'date';
export type EpochUnit = 's' | 'ms';

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
const readTime = compileTimeReader('UTC');
const HAS_ZONE = /(?:Z|[+-]\d\d:?\d\d)$/i;

const FORMS: Readonly<Record<TextForm, (text: string) => boolean>> = {
  uuid: (text) => UUID.test(text),
  timestamp: (text) => 'ok' in readTime(text),
  date: (text) => 'ok' in readDate(text),
};

const INT64 = 2n ** 63n;

/** A number as a column of decimals reads it from a text. */
const DECIMAL = /^-?\d+(?:\.\d+)?$/;

const WHOLE = /^(?:0|-?[1-9]\d*)$/;

/** So many values of another form are looked at before the form is given up, or this share of them. */
const FEW = 20;
const MOST_MISFITS = 0.05;

/** All that is known of the values at one place: what type could hold each of them exactly. */
export class ValueStats {
  readonly counts: Record<Kind, number> = { null: 0, boolean: 0, number: 0, text: 0, list: 0, object: 0 };
  /** Forms that all texts have, or nearly all: with the number of those that have another one. */
  private readonly misfits = new Map<TextForm, number>(Object.keys(FORMS).map((form) => [form as TextForm, 0]));
  readonly epochs = new Set<EpochUnit>(['s', 'ms']);
  /** Some texts are times that a column reads by itself. */
  private hasTimes = false;
  private readonly spelledTimes = new SpelledTimes();
  private readonly spelledNumbers = new SpelledNumbers();
  readonly distinct: DistinctValues;
  /** Times without a zone. */
  naive = 0;
  longest = 0;
  shortest = Number.POSITIVE_INFINITY;
  isWhole = true;
  /** A double or 64 bits hold each number. */
  isExact = true;
  isFinite = true;
  /** Whole numbers are written with a point: 1.0 */
  hasPoint = false;
  /** Digits of the longest text, where each is a whole number as a column of numbers writes it: "7", and not "07". */
  digits = 0;
  /** Each text is a number, without a unit and without separators of thousands. */
  areDecimals = true;
  /** Some text looks like a secret, a mail address or a telephone number. */
  isSensitive = false;
  /** Digits before and after the point. */
  whole = 0;
  fraction = 0;

  constructor(store: DistinctStore) {
    this.distinct = store.make();
  }

  get present(): number {
    const { null: nothing, ...others } = this.counts;
    return Object.values(others).reduce((sum, count) => sum + count, 0);
  }

  isAll(kind: Kind): boolean {
    return this.present > 0 && this.counts[kind] === this.present;
  }

  add(value: JsonValue): void {
    const kind = kindOfValue(value);
    this.counts[kind]++;
    if (typeof value === 'string') this.addText(value);
    else if (kind === 'number') this.addNumber(value as number | ExactNumber | NonFinite);
  }

  private addText(text: string): void {
    this.longest = Math.max(this.longest, Buffer.byteLength(text));
    this.shortest = Math.min(this.shortest, text.length);
    this.digits = Math.max(this.digits, WHOLE.test(text) ? text.length : Number.POSITIVE_INFINITY);
    this.areDecimals &&= DECIMAL.test(text);
    this.isSensitive ||= looksSensitive(text);
    const isRead = { timestamp: false, date: false, uuid: false };
    for (const [form, misfits] of this.misfits) {
      if (FORMS[form](text)) {
        isRead[form] = true;
        if (form === 'timestamp' && !HAS_ZONE.test(text)) this.naive++;
      } else if (misfits < FEW || misfits < this.counts.text * MOST_MISFITS) this.misfits.set(form, misfits + 1);
      else this.misfits.delete(form);
    }
    if (isRead.timestamp) this.hasTimes = true;
    else if (!isRead.date) this.spelledTimes.add(text);
    this.spelledNumbers.add(text);
    this.distinct.add(`t${text}`);
  }

  /** Whether every text has the form. */
  isForm(form: TextForm): boolean {
    return this.misfits.get(form) === 0;
  }

  /** Texts of another form, where nearly all have it. */
  misfitsOf(form: TextForm): number {
    const misfits = this.misfits.get(form) ?? 0;
    return misfits <= this.counts.text * MOST_MISFITS ? misfits : 0;
  }

  /** What the texts mean, where all are written in one way that no column reads by itself. */
  get spelled(): Spelled | undefined {
    const times = this.spelledTimes.spelled();
    if (times === undefined) return this.spelledNumbers.spelled();
    return times.is === 'dates' && this.hasTimes ? undefined : times;
  }

  private addNumber(value: number | ExactNumber | NonFinite): void {
    if (value instanceof NonFinite) {
      this.isFinite = false;
      return;
    }
    const text = value instanceof ExactNumber ? value.text : String(value);
    const whole = wholeNumber(text);
    if (whole !== undefined && text.includes('.')) this.hasPoint = true;
    if (whole === undefined) this.isWhole = false;
    else if (whole < -INT64 || whole >= INT64) this.isExact = false;
    if (whole === undefined && value instanceof ExactNumber) this.isExact = false;
    for (const unit of this.epochs) if (!isEpoch(text, unit)) this.epochs.delete(unit);
    const [digits, behind] = digitsOf(text);
    this.whole = Math.max(this.whole, digits);
    this.fraction = Math.max(this.fraction, behind);
    if (whole === undefined) this.distinct.addMeasurement(`n${text}`);
    else this.distinct.add(`n${whole}`);
  }
}

function isEpoch(text: string, unit: EpochUnit): boolean {
  const result = readEpoch(text, unit);
  return 'ok' in result && result.truncated === undefined;
}

/** Digits before and after the point, without exponent. */
function digitsOf(text: string): readonly [number, number] {
  const [, whole = '', fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const shift = Number(exponent);
  if (Math.abs(shift) > 2000) return [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  return [Math.max(1, whole.length + shift), Math.max(0, fraction.length - shift)];
}
