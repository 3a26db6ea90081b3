/** The configuration file as JSON Schema, for editors (schema/portolan.config.schema.json, written by `npm run docs`). */
import { z } from 'zod';
import { FILE_ALIASES } from './aliases.ts';
import { defaultOf } from './describe.ts';
import { SETTING_BY_KEY, SETTINGS, type Setting } from './flat-settings.ts';
import { GROUPS } from './schema.ts';

type JsonSchema = Record<string, unknown>;

/** JSON Schema 2020-12. What a pattern cannot say (addresses, paths) is left to `portolan check-config`. */
export function configSchema(): JsonSchema {
  const groups = Object.entries(GROUPS).map(([group, description]) => [
    group,
    {
      description,
      // A group whose settings are all commented out is null in YAML.
      type: ['object', 'null'],
      additionalProperties: false,
      properties: Object.fromEntries(
        SETTINGS.filter((one) => one.group === group).map((one) => [one.name, settingSchema(one)]),
      ),
    },
  ]);
  const aliases = [...FILE_ALIASES].flatMap(([name, key]) => {
    const setting = SETTING_BY_KEY.get(key);
    return setting ? [[name, { ...settingSchema(setting), description: `The same as ${key}.` }]] : [];
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of Portolan',
    type: 'object',
    additionalProperties: false,
    properties: { $schema: { type: 'string' }, ...Object.fromEntries([...groups, ...aliases]) },
  };
}

function settingSchema(setting: Setting): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(setting.type(), { io: 'input', unrepresentable: 'any' });
  const value = defaultOf(setting);
  const described = {
    description: `${setting.about}${setting.secret ? ' May be env:NAME or file:/path.' : ''}`,
    ...(value === undefined ? {} : { default: value }),
  };
  return { ...described, anyOf: [schema, { type: 'null' }] };
}
