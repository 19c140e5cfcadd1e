import type { Recipe } from '../recipe.ts';
import { declarations } from './declarations.ts';
import { prepare, text, write } from './functions.ts';

export const chatgpt = {
  fits: 'an export of ChatGPT: conversations.json, or conversations-000.json and so on',
  signature: [
    {
      files: ['conversations.json', 'conversations-*.json', '*/conversations.json', '*/conversations-*.json'],
      has: ['mapping'],
    },
  ],
  page: 'docs/recipes/chatgpt.md',
  declarations,
  functions: { version: 1, exports: { prepare, text, write } },
} as const satisfies Recipe;
