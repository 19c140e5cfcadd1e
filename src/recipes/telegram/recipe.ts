import { parts, partsBack, text, textBack } from '../content-parts.ts';
import type { Recipe } from '../recipe.ts';
import { declarations } from './declarations.ts';

export const telegram = {
  fits: 'an export of Telegram Desktop: result.json, of one chat or of everything',
  signature: [
    {
      files: ['result.json', '*/result.json'],
      has: [
        ['id', 'type', 'messages'],
        ['chats', 'about'],
        ['personal_information', 'about'],
      ],
    },
  ],
  page: 'docs/recipes/telegram.md',
  declarations,
  functions: { version: 1, exports: { parts, partsBack, text, textBack } },
} as const satisfies Recipe;
