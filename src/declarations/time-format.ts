const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** A letter group of a format: which part of a time it is, and how it is written. Unicode's, as far as they are used here. */
const FIELDS: readonly (readonly [letters: RegExp, part: string, regex: string])[] = [
  [/^y{4}/, 'year', '\\d{4}'],
  [/^MMM/, 'monthName', '[A-Za-z]{3}'],
  [/^MM/, 'month', '\\d{2}'],
  [/^M/, 'month', '\\d{1,2}'],
  [/^dd/, 'day', '\\d{2}'],
  [/^d/, 'day', '\\d{1,2}'],
  [/^HH/, 'hour', '\\d{2}'],
  [/^H/, 'hour', '\\d{1,2}'],
  [/^hh/, 'hour12', '\\d{2}'],
  [/^h/, 'hour12', '\\d{1,2}'],
  [/^mm/, 'minute', '\\d{2}'],
  [/^ss/, 'second', '\\d{2}'],
  [/^S+/, 'fraction', '\\d{1,6}'],
  [/^a/, 'half', '[AaPp]\\.?[Mm]\\.?'],
  [/^X{1,3}/, 'offset', 'Z|[+-]\\d{2}(?::?\\d{2})?'],
];

/** A text in one of the formats as the ISO text of the same time; any other text as it is. Of `moments` a day begins at midnight. */
export function compileTimeFormats(formats: readonly string[], moments: boolean): (text: string) => string {
  const readers = formats.map(compileFormat);
  return (text) => {
    for (const read of readers) {
      const iso = read(text);
      if (iso !== undefined) return moments && /^\d{4}-\d\d-\d\d$/.test(iso) ? `${iso}T00:00:00` : iso;
    }
    return text;
  };
}

/** What is wrong with a format, in words. */
export function formatProblem(format: string): string | undefined {
  const stripped = format.replace(/'[^']*'/g, '');
  let at = 0;
  while (at < stripped.length) {
    const rest = stripped.slice(at);
    const field = FIELDS.find(([letters]) => letters.test(rest));
    const length = field?.[0].exec(rest)?.[0].length ?? 1;
    if (field === undefined && /^[A-Za-z]/.test(rest))
      return `${rest[0]} is no part of a time: write other letters in quotes, as in 'T'`;
    at += length;
  }
  return undefined;
}

/** The parts of a time that a format names. */
export function formatParts(format: string): ReadonlySet<string> {
  const parts = new Set<string>();
  let rest = format.replace(/'[^']*'/g, ' ');
  while (rest !== '') {
    const field = FIELDS.find(([letters]) => letters.test(rest));
    if (field) parts.add(field[1]);
    rest = rest.slice(field?.[0].exec(rest)?.[0].length ?? 1);
  }
  return parts;
}

function compileFormat(format: string): (text: string) => string | undefined {
  const parts: string[] = [];
  let regex = '';
  for (let at = 0; at < format.length; ) {
    const rest = format.slice(at);
    const quoted = /^'([^']*)'/.exec(rest);
    const field = FIELDS.find(([letters]) => letters.test(rest));
    if (quoted) {
      regex += (quoted[1] === '' ? "'" : (quoted[1] ?? '')).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      at += quoted[0].length;
    } else if (field) {
      parts.push(field[1]);
      regex += `(${field[2]})`;
      at += field[0].exec(rest)?.[0].length ?? 1;
    } else {
      regex += (rest[0] ?? '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      at++;
    }
  }
  const pattern = new RegExp(`^${regex}$`);
  return (text) => {
    const found = pattern.exec(text.trim());
    return found === null ? undefined : isoOf(new Map(parts.map((part, index) => [part, found[index + 1] ?? ''])));
  };
}

function isoOf(parts: ReadonlyMap<string, string>): string | undefined {
  const month = parts.get('month') ?? monthOf(parts.get('monthName'));
  const [year, day, hour] = [parts.get('year'), parts.get('day'), hourOf(parts)];
  const clock = hour && `${hour}:${parts.get('minute') ?? '00'}:${parts.get('second') ?? '00'}`;
  const fraction = parts.get('fraction');
  const time = clock && (fraction === undefined ? clock : `${clock}.${fraction}`);
  if (year === undefined || month === undefined || day === undefined) return time;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return time === undefined ? date : `${date}T${time}${parts.get('offset') ?? ''}`;
}

function monthOf(name: string | undefined): string | undefined {
  const at = name === undefined ? -1 : MONTHS.indexOf(name.toLowerCase());
  return at === -1 ? undefined : String(at + 1);
}

function hourOf(parts: ReadonlyMap<string, string>): string | undefined {
  const hour12 = parts.get('hour12');
  if (hour12 === undefined) return parts.get('hour')?.padStart(2, '0');
  const isAfternoon = /^p/i.test(parts.get('half') ?? '');
  return String((Number(hour12) % 12) + (isAfternoon ? 12 : 0)).padStart(2, '0');
}
