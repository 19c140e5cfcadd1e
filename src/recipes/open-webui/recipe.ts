import { parts, partsBack, text, textBack } from '../content-parts.ts';
import type { Recipe } from '../recipe.ts';
import { declarations } from './declarations.ts';
import { prepare, write } from './functions.ts';

export const openWebui = {
  fits: 'chats exported from Open WebUI: lists of objects with a chat',
  signature: [{ files: ['*.json', '*/*.json'], has: ['id', 'user_id', 'chat'] }],
  page: 'docs/recipes/open-webui.md',
  declarations,
  functions: { version: 1, exports: { parts, partsBack, prepare, text, textBack, write } },
} as const satisfies Recipe;
