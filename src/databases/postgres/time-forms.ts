import { counted } from '../../system/quantities.ts';
import { EPOCH_UNITS, microsOf } from '../../time/iso-text.ts';
import { cutClock, roundedTime } from '../column-repairs.ts';
import { isSharedForm, timeText } from './calendar.ts';
import { AS_IT_IS, type FormOf } from './form.ts';
import { isWithin } from './number-forms.ts';
import { zoneOf } from './zones.ts';

const PATTERN = 'YYYY-MM-DD HH24:MI:SS.US';
/** The years 1 to 9999, in microseconds since 1970. */
const FIRST = microsOf('0001-01-01 00:00:00.000000');
const LAST = microsOf('9999-12-31 23:59:59.999999');

/** Digits of a second's fraction. */
export const timeOfFewerDigits: FormOf = ({ limit = 6 }, { type }) => {
  if (limit >= 6) return AS_IT_IS;
  return {
    repair: type === 'time' ? cutClock(limit) : roundedTime(10n ** BigInt(6 - limit)),
    note: `times of more than ${counted(limit, 'digit')} behind the second are refused`,
    refuses: (value) => (isOfDigits(String(value), limit) ? undefined : 'the column would round the time'),
  };
};

function isOfDigits(text: string, digits: number): boolean {
  return /^0*$/.test(text.slice(text.indexOf('.') + 1 + digits));
}

export const timeInInteger: FormOf = ({ base }, { epoch }) => {
  if (epoch === undefined) return undefined;
  const { words, micros } = EPOCH_UNITS[epoch];
  return {
    note: `times are held as ${words} since 1970`,
    repair: roundedTime(micros),
    refuses: (value) => {
      if (!isSharedForm(String(value))) return undefined;
      const time = microsOf(String(value));
      if (time % micros !== 0n) return 'the column would round the time';
      return isWithin(time / micros, base) ? undefined : 'the number is too large';
    },
    write: (value) => (isSharedForm(String(value)) ? String(microsOf(String(value)) / micros) : String(value)),
    // What is no time of these years is shown as the number that it is.
    read: (value) => `CASE WHEN ${value} BETWEEN ${FIRST / micros} AND ${LAST / micros}
      THEN to_char(timestamp 'epoch' + ${value} * interval '${micros} microseconds', 'YYYY-MM-DD HH24:MI:SS.US') ELSE ${value}::text END`,
  };
};

export const timeWithoutZone: FormOf = (stored, declared) => {
  const { clock } = stored;
  const { note, refuses, repair } = timeOfFewerDigits(stored, declared) ?? AS_IT_IS;
  const inZone = `times are those of ${clock?.zone ?? 'UTC'}`;
  if (clock === undefined)
    return {
      ...(refuses && { refuses }),
      ...(repair && { repair }),
      note: note === undefined ? inZone : `${inZone}; ${note}`,
      write: String,
      read: (value) => timeText(value, PATTERN),
    };
  return {
    note: `${inZone}, and the first of two that its clocks show alike is refused${note === undefined ? '' : `; ${note}`}`,
    refuses: (value) => refuses?.(value) ?? (isSharedForm(String(value)) ? clock.refuses(String(value)) : undefined),
    ...(repair && { repair }),
    write: (value) => (isSharedForm(String(value)) ? clock.local(String(value)) : String(value)),
    // What is no date of a calendar has no clock.
    read: (value) => `CASE WHEN ${value} BETWEEN '0001-01-02' AND '9999-12-30 23:59:59.999999'
      THEN to_char(${value} AT TIME ZONE ${zoneOf(clock)} AT TIME ZONE 'UTC', '${PATTERN}') ELSE ${timeText(value, PATTERN)} END`,
  };
};
