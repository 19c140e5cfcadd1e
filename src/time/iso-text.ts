/** How a column of texts or numbers writes times: as the rows in it do. */
export type TimeStyle =
  | {
      readonly kind: 'text';
      /** Between date and clock. */
      readonly separator: 'T' | ' ';
      /** Digits of a second's fraction that are always written; more where the time has more. */
      readonly digits: number;
      /** What says that it is UTC. */
      readonly suffix: '' | 'Z' | '+00:00';
    }
  | { readonly kind: 'number'; readonly unit: EpochUnit };

export interface EpochUnit {
  readonly words: string;
  readonly micros: bigint;
}

export const EPOCH_UNITS = {
  s: { words: 'seconds', micros: 1_000_000n },
  ms: { words: 'milliseconds', micros: 1000n },
  us: { words: 'microseconds', micros: 1n },
} as const satisfies Record<string, EpochUnit>;

/** From 1973 to 5138 in each unit: what is smaller in one is larger in another. */
function epochUnitOf(number: bigint): EpochUnit {
  const size = number < 0n ? -number : number;
  if (size < 100_000_000_000n) return EPOCH_UNITS.s;
  return size < 100_000_000_000_000n ? EPOCH_UNITS.ms : EPOCH_UNITS.us;
}

const STYLE = /^\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(?:\.(\d+))?(Z|\+00:00)?$/;

/** How a stored value writes its time; undefined where it is in no way that is known. */
export function timeStyleOf(stored: string | number | bigint): TimeStyle | undefined {
  if (typeof stored !== 'string') {
    const isWhole = typeof stored === 'bigint' || Number.isSafeInteger(stored);
    return isWhole ? { kind: 'number', unit: epochUnitOf(BigInt(stored)) } : undefined;
  }
  const [found, separator, fraction = '', suffix = ''] = STYLE.exec(stored) ?? [];
  if (found === undefined) return undefined;
  return { kind: 'text', separator, digits: Math.min(fraction.length, 6), suffix } as TimeStyle;
}

/** A time `YYYY-MM-DD HH:MM:SS.ffffff` in such a style. */
export function isoText(time: string, { separator, digits, suffix }: TimeStyle & { readonly kind: 'text' }): string {
  const fraction = time.slice(20).replace(/0+$/, '').padEnd(digits, '0');
  return `${time.slice(0, 10)}${separator}${time.slice(11, 19)}${fraction === '' ? '' : `.${fraction}`}${suffix}`;
}

/** Microseconds since 1970 of a time `YYYY-MM-DD HH:MM:SS.ffffff`. */
export function microsOf(time: string): bigint {
  const seconds = Date.parse(`${time.slice(0, 10)}T${time.slice(11, 19)}Z`) / 1000;
  return BigInt(seconds) * 1_000_000n + BigInt(time.slice(20).padEnd(6, '0'));
}

/** The time of so many microseconds since 1970, as `microsOf` reads it. */
export function textOfMicros(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const iso = new Date(Number((micros - fraction) / 1000n)).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}.${String(fraction).padStart(6, '0')}`;
}
