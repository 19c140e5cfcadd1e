import { isJsonObject, type JsonObject, type JsonValue } from '../../src/json/value.ts';

/** Spellings of the dialects, and what the reference layout calls them. */
const REFERENCE_NAMES: Readonly<Record<string, string>> = {
  userId: 'user_id',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  disk_read_bytes: 'disk_io_read',
  disk_write_bytes: 'disk_io_write',
  network_rx_bytes: 'network_rx',
  network_tx_bytes: 'network_tx',
};

const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[-+]\d\d:\d\d)?$/;

/** A record with aliases under their reference name, null as absent and times as instants: written without our own code. */
export function canonicalRecord(record: JsonObject): JsonObject {
  const canonical: JsonObject = Object.create(null);
  for (const [name, value] of Object.entries(record)) {
    if (value === null) continue;
    const messages = name === 'messages' && Array.isArray(value) ? value : undefined;
    canonical[REFERENCE_NAMES[name] ?? name] = messages
      ? messages.map((message) => (isJsonObject(message) ? canonicalRecord(message) : message))
      : instant(value);
  }
  return canonical;
}

function instant(value: JsonValue): JsonValue {
  const match = typeof value === 'string' ? TIME.exec(value) : null;
  if (match === null) return value;
  const [, date, time, fraction = '', zone = 'Z'] = match;
  const seconds = Date.parse(`${date}T${time}${zone}`) / 1000;
  return `${seconds}.${fraction.padEnd(6, '0')}`;
}
