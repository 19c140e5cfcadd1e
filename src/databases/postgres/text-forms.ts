import { isIP } from 'node:net';
import { fits } from '../../schema/table.ts';
import { counted } from '../../system/quantities.ts';
import { cutText } from '../column-repairs.ts';
import { AS_IT_IS, type FormOf, readAsText } from './form.ts';

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

export const limitedText: FormOf = ({ limit }, { max = Number.POSITIVE_INFINITY }) => {
  if (limit === undefined || limit >= max) return AS_IT_IS;
  return {
    note: 'longer texts are refused',
    repair: cutText(limit),
    refuses: (value) => (fits(String(value), limit) ? undefined : `it has more than ${counted(limit, 'character')}`),
  };
};

export const paddedText: FormOf = ({ limit = 1 }) => ({
  note: `texts of more than ${counted(limit, 'character')}, and those that end with a blank, are refused`,
  refuses: (value) => {
    const text = String(value);
    if (text.endsWith(' ')) return 'the column cuts blanks at the end';
    return fits(text, limit) ? undefined : `it has more than ${counted(limit, 'character')}`;
  },
  repair: cutText(limit, true),
  read: readAsText,
  staged: 'bpchar',
});

export const textInUuid: FormOf = () => ({
  note: 'only UUIDs, written in small letters with dashes, are held',
  refuses: (value) => (UUID.test(String(value)) ? undefined : 'the text is no UUID in small letters with dashes'),
  read: readAsText,
});

export const textInEnum: FormOf = ({ labels }) => ({
  note: 'only its labels are held',
  refuses: (value) =>
    labels.includes(String(value)) ? undefined : `it is none of its ${counted(labels.length, 'label')}`,
  read: readAsText,
});

export const textInAddress: FormOf = () => ({
  note: 'only addresses, as the database prints them, are held',
  refuses: (value) => (isAsPrinted(String(value)) ? undefined : 'the text is no address as the database prints it'),
  // A network has its mask behind it.
  read: (value) =>
    `CASE WHEN masklen(${value}) IN (32, 128) AND host(${value})::inet = ${value} THEN host(${value}) ELSE ${value}::text END`,
});

function isAsPrinted(text: string): boolean {
  if (isIP(text) === 4) return text.split('.').every((part) => String(Number(part)) === part);
  return isIP(text) === 6 && !text.includes('%') && new URL(`http://[${text}]`).hostname === `[${text}]`;
}

export const uuidInText: FormOf = ({ base, limit = base === 'bpchar' ? 1 : 36 }) =>
  limit < 36 ? undefined : { read: readAsText, ...(base === 'bpchar' && { staged: 'bpchar' }) };
