import type pg from 'pg';
import { MigrateError } from '../../errors.ts';
import type { ZoneClock } from '../../time/zone-clock.ts';
import { quoteText } from './ddl.ts';

/** A zone as an operand of AT TIME ZONE, where an offset as text counts westwards. */
export function zoneOf({ zone, offset }: ZoneClock): string {
  return offset === undefined ? quoteText(zone) : `INTERVAL '${offset} seconds'`;
}

const FIRST_YEAR = 1970;
const LAST_YEAR = 2037;

/** The server reads what this program writes: both must have the same rules. Looked at on the first of each month. */
export async function assertSameRules(client: pg.ClientBase, clock: ZoneClock): Promise<void> {
  const months = Array.from({ length: (LAST_YEAR - FIRST_YEAR + 1) * 12 }, (_, month) =>
    new Date(Date.UTC(FIRST_YEAR, month)).toISOString().slice(0, 19).replace('T', ' '),
  );
  const shown = await client
    .query<{ local: string }>(
      `SELECT to_char(t AT TIME ZONE 'UTC' AT TIME ZONE ${zoneOf(clock)}, 'YYYY-MM-DD HH24:MI:SS') AS local
        FROM unnest($1::timestamp[]) WITH ORDINALITY AS m (t, n) ORDER BY n`,
      [months],
    )
    .catch((error: unknown) => {
      throw isUnknownZone(error) ? new MigrateError('invalid-option', `the server knows no zone ${clock.zone}`) : error;
    });
  const other = months.find((month, index) => shown.rows[index]?.local !== clock.local(month));
  if (other === undefined) return;
  const message = `the server knows other rules for ${clock.zone} than this program, such as for ${other.slice(0, 7)}`;
  throw new MigrateError('invalid-option', message, {
    hint: 'Bring Node or the time zones of the server up to date, or name an offset such as +02:00.',
  });
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
function isUnknownZone(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, 'code') === '22023';
}

/** Names of UTC. */
const UTC = /^(?:Etc\/)?(?:UTC|UCT|GMT|Zulu|Universal|Greenwich|GMT[+-]?0)$/i;

/** The zone in which sessions write the time of the moment into a column without one; undefined for UTC. */
export async function serverZone(client: pg.ClientBase): Promise<string | undefined> {
  const sql = "SELECT reset_val AS zone FROM pg_settings WHERE name = 'TimeZone'";
  const { rows } = await client.query<{ zone: string | null }>(sql);
  const zone = rows[0]?.zone ?? 'UTC';
  return UTC.test(zone) ? undefined : zone;
}
