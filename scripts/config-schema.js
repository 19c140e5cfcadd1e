// The text of migrate-json.schema.json, by which editors complete and check config files. From the program's own declarations: needs a build.
import { z } from 'zod';
import { importSource } from './reference-parts.js';

/** A config file, or a file that `datasets` names: options, datasets, tables. */
export async function configSchema() {
  const { DECLARATIONS } = await importSource('declarations/language.ts');
  const { $schema, properties, definitions } = z.toJSONSchema(DECLARATIONS, { io: 'input', target: 'draft-7' });
  const { datasets, tables } = properties;
  const files = 'files with datasets: globs, relative to the config file';
  const schema = {
    $schema,
    title: 'migrate-json',
    description: 'A config file of migrate-json, or a file of datasets that one names.',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      root: {
        description: 'the directory with the data, from the folder of the config file; for commands that name none',
        type: 'string',
        minLength: 1,
      },
      datasets: {
        anyOf: [
          { description: 'datasets by name', ...datasets },
          { description: files, type: 'string' },
          { description: files, type: 'array', items: { type: 'string' }, minItems: 1 },
        ],
      },
      tables: { description: 'what belongs to no column of one dataset', ...tables },
      recipes: { description: 'datasets that come with the program, by application', ...(await recipes()) },
      ...(await options()),
    },
    additionalProperties: false,
    ...(definitions && { definitions }),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

async function recipes() {
  const { RECIPE_NAMES } = await importSource('recipes/recipes.ts');
  return { type: 'array', items: { type: 'string', enum: [...RECIPE_NAMES] }, minItems: 1 };
}

async function options() {
  const { OPTIONS } = await importSource('settings/options.ts');
  return Object.fromEntries(Object.entries(OPTIONS).map(([key, option]) => [key, optionSchema(option)]));
}

function optionSchema({ kind, choices, help }) {
  const one = { type: 'string', ...(choices && { enum: choices }) };
  const kinds = {
    text: one,
    list: { anyOf: [{ type: 'string' }, { type: 'array', items: one }] },
    flag: { type: 'boolean' },
    'negated-flag': { type: 'boolean' },
    integer: { type: 'integer', minimum: 1 },
    'max-errors': {
      anyOf: [
        { type: 'integer', minimum: 0 },
        { type: 'string', pattern: '^\\d+(\\.\\d+)?%?$' },
      ],
    },
  };
  if (kinds[kind] === undefined)
    throw new Error(`scripts/config-schema.js has no schema for options of the kind ${kind}`);
  return { description: help, ...kinds[kind] };
}
