/** As much of JSON Schema as our document uses. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  /** `false`: nothing beyond `prefixItems`. */
  readonly items?: JsonSchema | false;
  /** What stands at each place of a list of fixed length. */
  readonly prefixItems?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly description?: string;
}

/** A schema as a reader takes it in at a glance: TypeScript's notation, limits as remarks. */
export function schemaText(schema: JsonSchema, indent = ''): string {
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return [...new Set(options.map((one) => schemaText(one, indent)))].join(' | ');
  const { type } = schema;
  if (Array.isArray(type)) return type.join(' | ');
  if (type === 'array') return arrayText(schema, indent);
  if (type === 'object') return objectText(schema, indent);
  return typeof type === 'string' ? type : 'any';
}

function arrayText(schema: JsonSchema, indent: string): string {
  if (schema.prefixItems !== undefined)
    return `[${schema.prefixItems.map((one) => schemaText(one, indent)).join(', ')}]`;
  const item = schemaText(schema.items || {}, indent);
  return / \| /.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
}

function objectText(schema: JsonSchema, indent: string): string {
  const inner = `${indent}  `;
  const required = new Set(schema.required ?? []);
  const lines = Object.entries(schema.properties ?? {}).map(([name, one]) => {
    const note = remark(one);
    return `${inner}${name}${required.has(name) ? '' : '?'}: ${schemaText(one, inner)}${note === '' ? '' : `  // ${note}`}`;
  });
  const { additionalProperties: more } = schema;
  if (typeof more === 'object') lines.push(`${inner}[name: string]: ${schemaText(more, inner)}`);
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
}

/** The largest whole number that JSON holds exactly says nothing to a reader. */
const isLimit = (value: number | undefined): value is number =>
  value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;

/** What may be in it, in a few words. */
export function remark(schema: JsonSchema): string {
  const { minimum, maximum, maxLength, maxItems } = schema;
  return [
    isLimit(minimum) && isLimit(maximum) ? `${minimum} to ${maximum}` : '',
    isLimit(maxLength) ? `up to ${maxLength} characters` : '',
    isLimit(maxItems) ? `up to ${maxItems}` : '',
    schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`,
    schema.description ?? '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}
