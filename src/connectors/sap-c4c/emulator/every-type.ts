import { ENTITIES } from '../entities.ts';
import type { EmulatedProperty } from './properties.ts';
import type { C4cState } from './state.ts';

/** The code list of the extension field, as a key user would make it. */
const LIST = 'EveryBranch_KUTCollection';
const BRANCHES: readonly (readonly [string, string])[] = [
  ['101', 'Retail'],
  ['102', 'Gros œuvre 🏗️'],
  ['103', 'שלום'],
  ['104', '0012'],
  ['105', 'Food & Drink, fresh'],
  ['Z1', 'retail trade'],
];

/** Types as the vendor's guide lists them for simple properties. */
const PROPERTIES: readonly EmulatedProperty[] = [
  { name: 'EveryText_KUT', type: 'Edm.String', attributes: 'MaxLength="60"' },
  { name: 'EveryBranch_KUT', type: 'Edm.String', attributes: `MaxLength="10" c4c:value-help="${LIST}"` },
  { name: 'EveryBox_KUT', type: 'Edm.Boolean', attributes: '' },
  { name: 'EveryDay_KUT', type: 'Edm.DateTime', attributes: 'Precision="0" sap:display-format="Date"' },
  { name: 'EveryLocalTime_KUT', type: 'Edm.DateTime', attributes: 'Precision="0"' },
  { name: 'EveryMoment_KUT', type: 'Edm.DateTimeOffset', attributes: 'Precision="7"' },
  { name: 'EveryAmount_KUT', type: 'Edm.Decimal', attributes: 'Precision="28" Scale="2"' },
  { name: 'EveryWhole_KUT', type: 'Edm.Int32', attributes: '' },
  { name: 'EveryShort_KUT', type: 'Edm.Int16', attributes: '' },
  { name: 'EveryDouble_KUT', type: 'Edm.Double', attributes: '' },
];
export const VENDOR_TYPES = [...new Set(PROPERTIES.map(({ type }) => type))];

/** An extension field of every type on every set. */
export function plantEveryType(state: C4cState): void {
  state.codes.set(LIST, new Map(BRANCHES));
  for (const entity of ENTITIES) for (const property of PROPERTIES) state.plant(entity, property);
}
