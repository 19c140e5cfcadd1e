import type { Recipe } from '../recipe.ts';
import { declarations } from './declarations.ts';

export const discord = {
  fits: 'files of DiscordChatExporter: a channel, or a part of one, with its messages',
  signature: [{ files: ['*.json', '*/*.json'], has: ['guild', 'channel', 'messages'] }],
  page: 'docs/recipes/discord.md',
  declarations,
} as const satisfies Recipe;
