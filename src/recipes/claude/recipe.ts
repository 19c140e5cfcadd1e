import type { Recipe } from '../recipe.ts';
import { declarations } from './declarations.ts';

export const claude = {
  fits: 'an export of Claude: conversations.json, projects.json, users.json',
  signature: [{ files: ['conversations.json', '*/conversations.json'], has: ['uuid', 'chat_messages'] }],
  page: 'docs/recipes/claude.md',
  declarations,
} as const satisfies Recipe;
