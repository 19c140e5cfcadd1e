import type { Recipe } from '../recipe.ts';
import { declarations } from './declarations.ts';

export const slack = {
  fits: 'an export of a Slack workspace: users.json, channels.json, <channel>/<date>.json',
  signature: [
    {
      files: ['users.json', '*/users.json'],
      has: [
        ['id', 'team_id', 'profile'],
        ['id', 'deleted', 'profile'],
      ],
    },
  ],
  page: 'docs/recipes/slack.md',
  declarations,
} as const satisfies Recipe;
