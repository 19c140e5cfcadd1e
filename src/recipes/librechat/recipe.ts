import type { Recipe } from '../recipe.ts';
import { declarations } from './declarations.ts';
import { prepare, write } from './functions.ts';

export const librechat = {
  fits: 'conversations exported from LibreChat, a file each',
  signature: [
    {
      files: ['*.json', '*/*.json'],
      has: [
        ['conversationId', 'exportAt', 'messages'],
        ['conversationId', 'exportAt', 'messagesTree'],
      ],
    },
  ],
  page: 'docs/recipes/librechat.md',
  declarations,
  functions: { version: 2, exports: { prepare, write } },
} as const satisfies Recipe;
