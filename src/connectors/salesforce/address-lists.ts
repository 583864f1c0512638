import type { FieldSchema, Option } from '../../core/model.ts';

/**
 * With *State and Country/Territory Picklists*, `Country` and `State` still are texts in `describe`, and take only labels of
 * the lists beside them (`CountryCode`, `StateCode`): they are described as these lists, so that a value which is not in
 * them is told before a call is spent, and a country's code finds its name (BEHAVIOR.md, "Fields").
 */
export function withAddressLists(fields: readonly FieldSchema[]): readonly FieldSchema[] {
  const byKey = new Map(fields.map((field) => [field.key, field]));
  return fields.map((field) => {
    const codes = /(?:Country|State)$/.test(field.key) && !field.custom ? byKey.get(`${field.key}Code`) : undefined;
    if (codes?.type !== 'oneOf' || field.type !== 'text' || (codes.options ?? []).length === 0) return field;
    const { maxLength: _none, ...rest } = field;
    return {
      ...rest,
      type: 'oneOf',
      options: byName(codes.options ?? [], field.key.endsWith('Country')),
      restricted: true,
    };
  });
}

/** Two countries may have a state of one name, and of one code: only a country's code stands for its name. */
function byName(options: readonly Option[], isCountry: boolean): readonly Option[] {
  const named = new Map<string, Option>();
  for (const { id, label, active } of options) {
    const known = named.get(label);
    named.set(label, {
      id: label,
      label,
      active: active || known?.active === true,
      ...(isCountry ? { spellings: [id] } : {}),
    });
  }
  return [...named.values()];
}
