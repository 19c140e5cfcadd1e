import { parts, partsBack, text, textBack } from '../content-parts.ts';
import type { Recipe } from '../recipe.ts';
import { declarations } from './declarations.ts';

/** Parts of an export of everything: people choose which. */
const EVERYTHING = [
  ...['personal_information', 'profile_pictures', 'contacts', 'frequent_contacts', 'sessions', 'web_sessions'],
  ...['chats', 'left_chats', 'other_data'],
];

export const telegram = {
  fits: 'an export of Telegram Desktop: result.json, of one chat or of everything',
  signature: [
    {
      files: ['result.json', '*/result.json'],
      has: [['id', 'type', 'messages'], ...EVERYTHING.map((part) => ['about', part])],
    },
  ],
  page: 'docs/recipes/telegram.md',
  declarations,
  functions: { version: 1, exports: { parts, partsBack, text, textBack } },
} as const satisfies Recipe;
