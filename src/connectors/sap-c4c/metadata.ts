import { XMLParser } from 'fast-xml-parser';
import { RemoteError } from '../kit/errors.ts';

/** A property as `$metadata` describes it; only what we use. */
export interface Property {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly maxLength: number | null;
  readonly scale: number | null;
  readonly label: string | null;
  readonly creatable: boolean;
  readonly updatable: boolean;
  readonly filterable: boolean;
  /** The entity set of the code list. */
  readonly valueHelp: string | null;
  /** The property on which the code list depends: states depend on the country. */
  readonly context: string | null;
  /** A date without time. */
  readonly isDate: boolean;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  removeNSPrefix: true,
  // Nothing in a description needs entities of its own; those of XML itself are read.
  processEntities: true,
  isArray: (name) => ['EntityType', 'Property', 'Schema', 'EntityContainer', 'EntitySet'].includes(name),
});

type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;
const list = (value: unknown): readonly Node[] => (Array.isArray(value) ? value.filter(isNode) : []);
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const number = (value: unknown): number | null =>
  typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : null;

/** What the service lets anybody do with a set; nothing is forbidden where nothing is said. */
export interface SetRights {
  readonly creatable: boolean;
  readonly updatable: boolean;
  /** null: nothing is said. */
  readonly deletable: boolean | null;
}

/** By the set's own name, e.g. `LeadCollection`. @throws RemoteError('unexpected') for anything that is no EDMX. */
export function parseSetRights(xml: unknown): ReadonlyMap<string, SetRights> {
  const sets = schemasIn(xml).flatMap((schema) =>
    list(schema['EntityContainer']).flatMap((container) => list(container['EntitySet'])),
  );
  return new Map(
    sets.map((set) => [
      String(set['Name']),
      {
        creatable: set['creatable'] !== 'false',
        updatable: set['updatable'] !== 'false',
        deletable: text(set['deletable']) === null ? null : set['deletable'] !== 'false',
      },
    ]),
  );
}

/** Properties by entity type. @throws RemoteError('unexpected') for anything that is no EDMX. */
export function parseMetadata(xml: unknown): ReadonlyMap<string, readonly Property[]> {
  const types = schemasIn(xml).flatMap((schema) => list(schema['EntityType']));
  return new Map(types.map((type) => [String(type['Name']), list(type['Property']).map(propertyOf)]));
}

function schemasIn(xml: unknown): readonly Node[] {
  const parsed: unknown = typeof xml === 'string' ? parser.parse(xml) : null;
  const edmx = isNode(parsed) && isNode(parsed['Edmx']) ? parsed['Edmx'] : null;
  const services = edmx !== null && isNode(edmx['DataServices']) ? edmx['DataServices'] : null;
  if (services === null) throw new RemoteError('unexpected', 'SAP metadata: the answer is no EDMX document');
  return list(services['Schema']);
}

/** Prefixes are dropped by the parser: `sap:label` is `label`, `c4c:value-help` is `value-help`. */
function propertyOf(node: Node): Property {
  const [name, type] = [String(node['Name']), String(node['Type'] ?? 'Edm.String')];
  return {
    name,
    type,
    nullable: node['Nullable'] !== 'false',
    maxLength: number(node['MaxLength']),
    scale: number(node['Scale']),
    label: text(node['label']),
    creatable: node['creatable'] !== 'false',
    updatable: node['updatable'] !== 'false',
    filterable: node['filterable'] !== 'false',
    valueHelp: text(node['value-help']),
    context: text(node['context-property']),
    isDate: node['display-format'] === 'Date' || (type === 'Edm.DateTime' && /Date(_KUT)?$/.test(name)),
  };
}
