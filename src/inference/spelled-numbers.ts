import { compileNumberText } from '../declarations/number-text.ts';
import type { Spelled } from './spelled.ts';

type NumberText = Parameters<typeof compileNumberText>[0];

interface Form {
  readonly number: NumberText;
  readonly read: ReturnType<typeof compileNumberText>;
  /** Digits before and after the point. */
  whole: number;
  fraction: number;
}

/** What stands beside a number, and says nothing about a person. */
const UNITS = [
  ...['€', '$', '£', '¥', '%', 'EUR', 'USD', 'GBP', 'CHF', 'JPY'],
  ...['kg', 'mg', 'g', 'km', 'cm', 'mm', 'm', 'ml', 'l'],
];

/** The simplest first. */
const SEPARATORS: readonly NumberText[] = [
  {},
  { decimal: ',' },
  { group: ',' },
  { group: '.', decimal: ',' },
  { group: ' ', decimal: ',' },
  { group: "'" },
];
const SEPARATED = /\d[.,' ]\d/;

/** A column of decimals has room for so many digits, two of them after the point. */
const DIGITS = 15;
const SCALE = 2;

/** The units and separators of numbers that all texts at one place have. */
export class SpelledNumbers {
  private forms: readonly Form[] | undefined;
  private unit: string | undefined;
  private isSeparated = false;

  add(text: string): void {
    if (this.forms === undefined) {
      this.unit = UNITS.find((unit) => isIn(unit, text));
      this.forms = formsIn(this.unit);
    }
    if (this.forms.length === 0) return;
    const { unit } = this;
    this.isSeparated ||= SEPARATED.test(text);
    this.forms = unit === undefined || isIn(unit, text) ? this.forms.filter((form) => reads(form, text)) : [];
  }

  spelled(): Spelled | undefined {
    const [first, ...others] = this.forms ?? [];
    // Texts of numbers stay texts, unless somebody says otherwise.
    if (first === undefined || Object.keys(first.number).length === 0) return undefined;
    // 1.200 is one and a fifth, or a thousand and two hundred.
    const other = others.find(({ number }) => this.isSeparated && number.decimal !== first.number.decimal);
    const meant = other === undefined ? [first] : [first, other];
    return { is: 'numbers', meant: meant.map((form) => ({ type: typeOf(form), number: form.number })) };
  }
}

function formsIn(unit: string | undefined): readonly Form[] {
  return SEPARATORS.map((separators) => {
    const number = { ...(unit !== undefined && { unit }), ...separators };
    return { number, read: compileNumberText(number), whole: 0, fraction: 0 };
  });
}

function reads(form: Form, text: string): boolean {
  const plain = form.read(text);
  if (typeof plain !== 'string') return false;
  const [whole = '', fraction = ''] = plain.replace('-', '').split('.');
  form.whole = Math.max(form.whole, whole.length);
  form.fraction = Math.max(form.fraction, fraction.length);
  return true;
}

function typeOf({ whole, fraction }: Form): string {
  if (fraction === 0 && whole <= DIGITS) return 'integer';
  const scale = Math.max(SCALE, fraction);
  return `decimal(${Math.max(DIGITS, whole + scale)},${scale})`;
}

/** Whether the text is a number with this unit. */
function isIn(unit: string, text: string): boolean {
  const bare = text.trim().replace(/^[+-]\s*/, '');
  if (bare.startsWith(unit)) return isNumber(bare.slice(unit.length));
  return bare.endsWith(unit) && isNumber(bare.slice(0, -unit.length));
}

function isNumber(text: string): boolean {
  return /^\s*[+-]?\d[\d\s.,']*$/.test(text);
}
