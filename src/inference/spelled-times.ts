import { compileTimeFormats } from '../declarations/time-format.ts';
import { compileTimeReader, readDate } from '../time/time.ts';
import type { Spelled } from './spelled.ts';

interface Form {
  readonly format: string;
  readonly isMoment: boolean;
  readonly isMonthFirst: boolean;
  readonly reads: (text: string) => boolean;
}

/** The strictest first. */
const DATES = [
  ...['dd.MM.yyyy', 'd.M.yyyy', 'dd/MM/yyyy', 'd/M/yyyy', 'MM/dd/yyyy', 'M/d/yyyy', 'yyyy/MM/dd', 'yyyy/M/d'],
  ...['yyyy.MM.dd', 'dd-MM-yyyy', 'dd MMM yyyy', 'd MMM yyyy', 'MMM d, yyyy'],
];
const CLOCKS = ['', ' HH:mm', ' HH:mm:ss', ', HH:mm', ', HH:mm:ss', ' h:mm a', ', h:mm a', ', h:mm:ss a'];

/** Nearly as a column reads them by itself. */
const ISO = ["yyyy-MM-dd'T'HH:mm", 'yyyy-MM-dd HH:mm', 'yyyy-M-d'];

const LONGEST = 30;

const readMoment = compileTimeReader('UTC');

const FORMS: readonly Form[] = [...DATES.flatMap((date) => CLOCKS.map((clock) => date + clock)), ...ISO].map(
  (format) => {
    const isMoment = /[Hh]/.test(format);
    const iso = compileTimeFormats([format], isMoment);
    const reads = (text: string): boolean => 'ok' in (isMoment ? readMoment(iso(text)) : readDate(iso(text)));
    return { format, isMoment, isMonthFirst: format.startsWith('M'), reads };
  },
);

/** The formats that all texts at one place have. */
export class SpelledTimes {
  private forms = FORMS;
  private isNone = true;

  /** A text that no column of times or dates reads by itself. */
  add(text: string): void {
    this.isNone = false;
    if (this.forms.length === 0) return;
    const mayBe = text.length <= LONGEST && /\d{4}/.test(text);
    this.forms = mayBe ? this.forms.filter(({ reads }) => reads(text)) : [];
  }

  spelled(): Spelled | undefined {
    const [first] = this.forms;
    if (first === undefined || this.isNone) return undefined;
    // 03/04/2024 is a day in March or in April.
    const other = this.forms.find(({ isMonthFirst }) => isMonthFirst !== first.isMonthFirst);
    const meant = other === undefined ? [first] : [first, other];
    return {
      is: first.isMoment ? 'times' : 'dates',
      meant: meant.map(({ format, isMoment }) => ({ type: isMoment ? 'timestamp' : 'date', format })),
    };
  }
}
