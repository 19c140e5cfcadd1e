import { isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';

/** Reasons that say what is in a file: whether all of it is so is seen only when all of it was looked at. */
const BY_CONTENT = {
  'empty-list': (value) => (isJsonObject(value) ? Object.values(value) : [value]).every(isBare),
  'counter-file': (value) => isJsonObject(value) && Object.values(value).every(isFlat),
  'index-file': (value) => isIndex(value),
  sidecar: (value) => !holdsRows(value),
  'aggregate-not-rows': (value) => !holdsRows(value, (item) => !('count' in item)),
} as const satisfies Readonly<Record<string, (value: JsonValue) => boolean>>;

/** Whether a reason must hold for the whole content of a file. */
export function isByContent(reason: string): reason is keyof typeof BY_CONTENT {
  return reason in BY_CONTENT;
}

/** Whether it does: no records stand behind what the file begins with. */
export function isExplained(reason: keyof typeof BY_CONTENT, text: string): boolean {
  try {
    return BY_CONTENT[reason](JSON.parse(text.replace('\ufeff', '')));
  } catch {
    return false;
  }
}

/** Nothing, or a single value. */
function isBare(value: JsonValue): boolean {
  return Array.isArray(value) ? value.length === 0 : !isJsonObject(value) || Object.keys(value).length === 0;
}

/** A single value, or a list of such. */
function isFlat(value: JsonValue): boolean {
  return Array.isArray(value) ? value.every((item) => isBare(item) && !Array.isArray(item)) : isBare(value);
}

/** A list of objects, however deep. What is counted by groups is no row. */
function holdsRows(value: JsonValue, isRow: (item: JsonObject) => boolean = () => true): boolean {
  if (Array.isArray(value)) return value.some((item) => (isJsonObject(item) && isRow(item)) || holdsRows(item, isRow));
  return isJsonObject(value) && Object.values(value).some((member) => holdsRows(member, isRow));
}

/** What an entry of an index is known by. */
const NAMES = ['id', 'title', 'conversation_id', 'conversationId', 'chat_id'];
/** What only conversations and messages have. */
const CONTENT = ['messages', 'council_deliberation', 'data', 'role', 'content'];

/** Entries in a list or a map, or in one member of an object. */
function isIndex(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.every(isEntry);
  if (!isJsonObject(value)) return false;
  return Object.values(value).every((member) =>
    Array.isArray(member) || (isJsonObject(member) && !isEntry(member)) ? isListOfEntries(member) : true,
  );
}

function isListOfEntries(value: JsonValue[] | JsonObject): boolean {
  return Object.values(value).every((item) => isEntry(item) || isFlat(item));
}

function isEntry(value: JsonValue): boolean {
  if (!isJsonObject(value)) return isFlat(value);
  return NAMES.some((name) => name in value) && !CONTENT.some((name) => name in value) && !holdsRows(value);
}
