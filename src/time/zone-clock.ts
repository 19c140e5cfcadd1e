import { type Clock, compileClock, readOffset } from './time-zone.ts';

/** Times `YYYY-MM-DD HH:MM:SS.ffffff` on the clock of a zone, and back. */
export interface ZoneClock {
  /** As an option names it. */
  readonly zone: string;
  /** Seconds east of UTC where that never changes; undefined where the zone has rules. */
  readonly offset: number | undefined;
  readonly local: (utc: string) => string;
  readonly utc: (local: string) => string;
  /** Why the clock does not say which instant it is; nothing where it does. */
  readonly refuses: (utc: string) => string | undefined;
}

/** Undefined for UTC, where nothing is to be done. */
export function zoneClock(zone: string | undefined): ZoneClock | undefined {
  if (zone === undefined || zone === 'UTC') return undefined;
  const clock = compileClock(zone);
  const offset = readOffset(zone, 0);
  const local = (utc: string): string => moved(utc, clock.local);
  const utc = (local: string): string => moved(local, clock.utc);
  return {
    zone,
    offset: Number.isNaN(offset) ? undefined : offset,
    local,
    utc,
    refuses: (time) => {
      const shown = local(time);
      if (!TIME.test(shown)) return `the year in ${zone} is none of four digits`;
      return utc(shown) === time ? undefined : `the clocks of ${zone} show the time twice, and this is the first one`;
    },
  };
}

const TIME = /^\d{4}-\d\d-\d\d /;

function moved(time: string, move: Clock['local']): string {
  const seconds = Date.parse(`${time.slice(0, 10)}T${time.slice(11, 19)}Z`) / 1000;
  if (Number.isNaN(seconds)) return time;
  const iso = new Date(move(seconds) * 1000).toISOString();
  return `${iso.slice(0, -14)} ${iso.slice(-13, -5)}${time.slice(19)}`;
}
