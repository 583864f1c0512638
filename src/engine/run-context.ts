import type { Connector, Manifest, Schema } from '../connectors/kit/connector.ts';
import type { BoundLine } from '../core/decide.ts';
import type { SuspendedLine } from '../core/mapping.ts';
import type { FieldSchema, Kind, LineKey, RunDirection, Trigger } from '../core/model.ts';
import { fieldRules } from '../hub/score.ts';
import type { Approval } from './approval.ts';
import { bindRun } from './bind-run.ts';
import { type Connected, connect } from './connect.ts';
import { type Connection, loadConnection, manifestOf } from './connection.ts';
import { type Counts, noCounts } from './counts.ts';
import { completeMappings } from './default-mapping.ts';
import type { EngineDeps } from './deps.ts';
import type { Lane } from './lane.ts';
import { type ChooseOwner, listOwners, ownerChooser } from './owners.ts';
import type { ParityFound } from './parity.ts';
import { freshSchema } from './schema-cache.ts';
import { fieldNamed, type SystemFields, systemFieldsOf } from './system-fields.ts';
import type { UndoWork } from './undo.ts';

/** One pass in one direction: one line of the history. */
export interface Run {
  readonly id: string;
  readonly connectionId: string;
  readonly direction: RunDirection;
  readonly trigger: Trigger;
  readonly mode: 'changes' | 'full';
  readonly dryRun: boolean;
  /** Only these people; null: everybody. */
  readonly emails: readonly string[] | null;
  /** What a person has let through (R50); null: nothing was asked. */
  readonly approval: Approval | null;
  /** R90: it only compares; null: an ordinary run. */
  readonly parity: ParityFound | null;
  /** R36: limited to these mapping lines, and to people who are linked; null: all of them. */
  readonly lines: readonly LineKey[] | null;
  /** R38: it takes another run back; null: an ordinary run. */
  readonly undo: UndoWork | null;
}

/** Everything a run needs, read once at its start; settings are taken up anew at each page (R36). */
export interface RunContext {
  readonly deps: EngineDeps;
  readonly run: Run;
  readonly connection: Connection;
  readonly manifest: Manifest;
  readonly connector: Connector;
  readonly schema: Schema;
  readonly systemFields: SystemFields;
  readonly hubFields: readonly FieldSchema[];
  readonly lines: Readonly<Partial<Record<Kind, readonly BoundLine[]>>>;
  readonly suspended: readonly SuspendedLine[];
  /** CRM field keys that reads ask for. */
  readonly asked: readonly string[];
  readonly leaseNumber: number;
  /** Contacts that this run has read and not settled yet: the express lane leaves them to it. */
  readonly inFlight: Set<string>;
  /** Lets the express lane go first; called between transactions where no call to the CRM is due for a while. */
  readonly breathe: () => Promise<void>;
  readonly hasFieldRules: boolean;
  /** R25: who shall own a record that we make. */
  readonly chooseOwner: ChooseOwner;
  /** Summed in memory, stored with each page. */
  readonly counts: Counts;
  readonly calls: () => number;
  readonly waits: Connected['waits'];
  /** Towards the hub: records of erased people that it has counted (R43). */
  readonly seen: Set<string>;
  /**
   * How this run is known on the debts that it has looked at and not settled (R43). One that begins anew under new settings goes on
   * under it; one that a lost process left off has another, and looks at all of them.
   */
  readonly seenBy: string;
  /** R23: people of this page whose score, status and address are to be told to the CRM although nothing else is. */
  readonly calculatedDue: Set<string>;
  /** R36: records that this run looks at because settings changed, by CRM id. */
  readonly settingsDue: Map<string, string>;
}

/** Whether any line carries a purpose's consent (R8a). */
export const carriesConsent = (lines: RunContext['lines']): boolean =>
  Object.values(lines).some((bound) => bound.some((one) => one.line.consent !== undefined));

/** The worker that carries a run out, by the lease that it holds. */
export interface RunLease {
  readonly leaseNumber: number;
  /** Awaited before each call to the CRM. @throws LeaseLost */
  readonly beforeCall?: () => Promise<void>;
}

/** @throws RemoteError when the CRM cannot be described. */
export async function openRun(
  deps: EngineDeps,
  run: Run,
  worker: RunLease & { readonly lane?: Lane | undefined; readonly seenBy?: string | undefined },
): Promise<RunContext> {
  let stored = await loadConnection(deps.store.db, run.connectionId);
  const manifest = manifestOf(deps, stored.crm);
  const reserve = run.trigger === 'form' || run.trigger === 'webhook' ? 'express' : 'ordinary';
  const { lane } = worker;
  const beforeCall = async (): Promise<void> => {
    await worker.beforeCall?.();
    await lane?.serve();
  };
  const options = { reserve, beforeCall } as const;
  const first = await connect(deps, stored, options);
  const schema = await freshSchema(deps, stored, first.connector);
  if (stored.mappings.length === 0) {
    // Its first check failed, or has not come so far: nobody comes in with an e-mail and nothing else.
    await completeMappings(deps, stored, manifest, schema);
    stored = { ...(await loadConnection(deps.store.db, run.connectionId)), schema: stored.schema };
  }
  const second = schema === stored.schema ? first : await connect(deps, { ...stored, schema }, { ...options, schema });
  const bindings = await bindRun(deps, { connection: stored, manifest, schema, keep: !run.dryRun });
  const { lines } = bindings;
  const asked = new Set(Object.values(lines).flatMap((bound) => bound.map((line) => line.line.crm)));
  const { contactFilter } = stored.settings.import;
  if (contactFilter.enabled) {
    for (const kind of manifest.kinds) asked.add(fieldNamed(schema.kinds[kind], contactFilter.field));
  }
  return {
    deps,
    run,
    connection: { ...stored, schema },
    manifest,
    connector: second.connector,
    schema,
    systemFields: systemFieldsOf(manifest, schema),
    ...bindings,
    asked: [...asked],
    leaseNumber: worker.leaseNumber,
    inFlight: lane?.inFlight ?? new Set(),
    breathe: async () => lane?.serve(),
    hasFieldRules: (await fieldRules(deps.store.db)).length > 0,
    chooseOwner: ownerChooser(
      stored.settings.owners,
      stored.settings.owners.assign ? await listOwners(deps.store.db, stored.id) : [],
      bindings.hubFields,
    ),
    counts: noCounts(),
    calls: () => (second === first ? first.calls() : first.calls() + second.calls()),
    waits: () => second.waits(),
    seen: new Set(),
    seenBy: worker.seenBy ?? deps.ids.next('lk'),
    calculatedDue: new Set(),
    settingsDue: new Map(),
  };
}
