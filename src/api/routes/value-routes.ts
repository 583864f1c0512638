import { loadConnection, manifestOf } from '../../engine/connection.ts';
import { createOptions } from '../../engine/create-options.ts';
import { decideValues, listValueCauses } from '../../engine/rejection-causes.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps } from '../deps.ts';
import { isMessage, type Locale, say, sayFirst } from '../messages/say.ts';
import { Refused } from '../problems.ts';
import { type App, register } from '../register.ts';

/** Why a CRM does not make a choice, in the reader's language. */
function whyNot(
  locale: Locale,
  fault: { readonly reason: string; readonly vendor: string | null },
  crm: string,
): string {
  const key = `optionFault.${fault.reason}`;
  const other = ['optionFault.rejected_by_crm', 'optionFault.rejected_by_crm.plain'];
  return sayFirst(locale, isMessage(key) ? [key, `${key}.plain`] : other, { crm, vendor: fault.vendor ?? '' }) ?? '';
}

/** Choices of lists: made in a CRM, and decided for everybody whom an unknown one holds up. */
export function addValueRoutes(app: App, deps: ApiDeps): void {
  const { engine } = deps;
  const { db } = engine.store;
  register(app, deps, routes.createOptions, async ({ params, body, locale }) => {
    const { id, crm } = await loadConnection(db, params['id'] ?? '');
    const { label: crmLabel } = manifestOf(engine, crm);
    const made = await createOptions(engine, id, body);
    return {
      items: made.map(({ label, ok, id: optionId, reason, vendor }) => ({
        label,
        ok,
        id: optionId,
        reason,
        message: reason === null ? null : whyNot(locale, { reason, vendor }, crmLabel),
      })),
    };
  });
  register(app, deps, routes.valueCauses, async ({ query, locale }) => {
    const connectionId = query.connection === undefined ? undefined : (await loadConnection(db, query.connection)).id;
    const causes = await listValueCauses(engine, connectionId);
    return {
      items: causes.map((cause) => {
        const { label, optionNote } = manifestOf(engine, cause.crm);
        const byHand = cause.direction === 'toCrm' && !cause.canCreate && isMessage(optionNote);
        return {
          ...cause,
          values: [...cause.values],
          choices: [...cause.choices],
          crmLabel: label,
          byHand: byHand ? say(locale, optionNote, { field: cause.crmFieldLabel }) : null,
        };
      }),
    };
  });
  register(app, deps, routes.decideValues, async ({ body, caller, locale }) => {
    const creates = body.decisions.some((one) => one.create === true);
    // Making a choice changes the CRM itself, or the hub's list.
    const scope = body.direction === 'toCrm' ? 'connections:write' : 'hub:write';
    if (creates && !caller.scopes.includes(scope)) throw new Refused(403, 'detail.403', { scope });
    const { crm } = await loadConnection(db, body.connection);
    const outcome = await decideValues(engine, body);
    const { label } = manifestOf(engine, crm);
    return {
      retried: outcome.retried,
      created: outcome.created,
      failed: outcome.failed.map((one) => ({
        value: one.value,
        reason: one.reason,
        message: whyNot(locale, one, label),
      })),
    };
  });
}
